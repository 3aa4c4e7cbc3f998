namespace LmoDp.Privacy.Accounting;

/// <summary>
/// A privacy loss distribution on the grid step * (Offset + i), under the first law of its pair. Masses need not add up to 1: a dominating one may carry rounding
/// upwards, a dominated one leaves out what it rounds away.
/// </summary>
/// <param name="step">Grid step h of the loss.</param>
/// <param name="offset">Grid index of the first mass.</param>
/// <param name="masses">Masses, none negative.</param>
/// <param name="infinity">Mass at loss +infinity.</param>
internal sealed class LossPmf(double step, int offset, double[] masses, double infinity)
{
    /// <summary>Grid step of the loss.</summary>
    public double Step => step;

    /// <summary>Grid index of the first mass.</summary>
    public int Offset => offset;

    /// <summary>Masses, none negative.</summary>
    public double[] Masses => masses;

    /// <summary>Mass at loss +infinity.</summary>
    public double Infinity => infinity;

    /// <summary>The loss at a place of <see cref="Masses"/>.</summary>
    public double Loss(int index) => step * (offset + index);
}
