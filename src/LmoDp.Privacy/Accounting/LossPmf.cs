namespace LmoDp.Privacy.Accounting;

/// <summary>
/// A privacy loss distribution on the knots of a grid, under the first law of its pair. Masses need not add up to 1: a dominating one may carry rounding
/// upwards, a dominated one leaves out what it rounds away.
/// </summary>
/// <param name="grid">The knots.</param>
/// <param name="masses">Mass at each knot, none negative.</param>
/// <param name="infinity">Mass at loss +infinity.</param>
internal sealed class LossPmf(LossGrid grid, double[] masses, double infinity)
{
    /// <summary>The knots.</summary>
    public LossGrid Grid => grid;

    /// <summary>Mass at each knot, none negative.</summary>
    public double[] Masses => masses;

    /// <summary>Mass at loss +infinity.</summary>
    public double Infinity => infinity;

    /// <summary>The loss at a place of <see cref="Masses"/>.</summary>
    public double Loss(int index) => grid.Loss(index);
}
