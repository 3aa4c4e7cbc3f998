using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>An upper bound on epsilon from Rényi divergences.</summary>
/// <param name="Epsilon">The guarantee.</param>
/// <param name="Order">The order that gave it.</param>
/// <param name="Formula">How the divergences were obtained.</param>
public readonly record struct RenyiEpsilon(double Epsilon, double Order, string Formula);

/// <summary>An upper bound on delta from Rényi divergences.</summary>
/// <param name="Delta">The guarantee.</param>
/// <param name="Order">The order that gave it.</param>
/// <param name="Formula">How the divergences were obtained.</param>
public readonly record struct RenyiDelta(double Delta, double Order, string Formula);

/// <summary>
/// The Rényi accountant: divergences add up over steps and are converted once. Looser than loss distributions, and the only proven one for vectors with independent
/// noise that is not Gaussian. The order is optimised over the reals.
/// </summary>
public static class RenyiAccountant
{
    private const double SmallestOrder = 1.001;
    private const double LargestOrder = 4096;

    /// <summary>Covers the rounding of sums and the quadrature's tolerance (1e-12).</summary>
    private const double Margin = 1e-9;

    /// <summary>An upper bound on the epsilon of a composition.</summary>
    /// <param name="composition">Any releases.</param>
    /// <param name="delta">In [0, 1]; at 0 the answer is +infinity unless nothing is released.</param>
    /// <exception cref="BadInputException">delta is out of range, or no curve is proven for a release.</exception>
    public static RenyiEpsilon Epsilon(Composition composition, double delta) => Epsilon(Curves(composition), delta);

    /// <summary>An upper bound on the delta of a composition.</summary>
    /// <param name="composition">Any releases.</param>
    /// <param name="epsilon">At least 0.</param>
    /// <exception cref="BadInputException">epsilon is out of range, or no curve is proven for a release.</exception>
    public static RenyiDelta Delta(Composition composition, double epsilon) => Delta(Curves(composition), epsilon);

    /// <summary>An upper bound on the epsilon of steps that are known by their curves.</summary>
    /// <param name="steps">A curve and how often its step is made; none: nothing is released.</param>
    /// <param name="delta">In [0, 1]; at 0 the answer is +infinity unless nothing is released.</param>
    /// <exception cref="BadInputException">delta is out of range.</exception>
    public static RenyiEpsilon Epsilon(IReadOnlyList<(RenyiCurve Curve, long Times)> steps, double delta)
    {
        PrivacyParameters.Delta(delta);
        var formula = Formula(steps);
        if (steps.Count == 0 || delta == 1)
            return new RenyiEpsilon(0, 1, formula);
        if (delta == 0)
            return new RenyiEpsilon(double.PositiveInfinity, double.PositiveInfinity, formula);
        if (RenyiConversion.LogTotalVariation(Divergence(steps, SmallestOrder) * (1 + Margin)) <= Math.Log(delta))
            return new RenyiEpsilon(0, SmallestOrder, formula);
        var order = BestOrder(a => RenyiConversion.Epsilon(a, Divergence(steps, a), delta));
        return new RenyiEpsilon(Math.Max(RenyiConversion.Epsilon(order, Divergence(steps, order) * (1 + Margin), delta), 0) * (1 + Margin), order, formula);
    }

    /// <summary>An upper bound on the delta of steps that are known by their curves.</summary>
    /// <param name="steps">A curve and how often its step is made; none: nothing is released.</param>
    /// <param name="epsilon">At least 0.</param>
    /// <exception cref="BadInputException">epsilon is out of range.</exception>
    public static RenyiDelta Delta(IReadOnlyList<(RenyiCurve Curve, long Times)> steps, double epsilon)
    {
        PrivacyParameters.Epsilon(epsilon);
        var formula = Formula(steps);
        if (steps.Count == 0 || double.IsPositiveInfinity(epsilon))
            return new RenyiDelta(0, double.PositiveInfinity, formula);
        var order = BestOrder(a => RenyiConversion.LogDelta(a, Divergence(steps, a), epsilon));
        var logDelta = RenyiConversion.LogDelta(order, Divergence(steps, order) * (1 + Margin), epsilon);
        var logVariation = RenyiConversion.LogTotalVariation(Divergence(steps, SmallestOrder) * (1 + Margin));
        (logDelta, order) = logVariation < logDelta ? (logVariation, SmallestOrder) : (logDelta, order);
        return new RenyiDelta(Math.Min(Math.Exp(logDelta) * (1 + Margin), 1), order, formula);
    }

    /// <summary>The curves of a composition's groups.</summary>
    /// <exception cref="BadInputException">No curve is proven for a release.</exception>
    public static IReadOnlyList<(RenyiCurve Curve, long Times)> Curves(Composition composition)
    {
        ArgumentNullException.ThrowIfNull(composition);
        return [.. composition.Charged.Select(group => (RenyiCurve.Of(group), group.Steps))];
    }

    /// <summary>+infinity, which bounds everything, where a curve's arithmetic leaves the range of a double.</summary>
    private static double Divergence(IReadOnlyList<(RenyiCurve Curve, long Times)> steps, double order)
        => steps.Sum(part => part.Times * part.Curve.Divergence(order)) is var sum && double.IsNaN(sum) ? double.PositiveInfinity : sum;

    private static string Formula(IReadOnlyList<(RenyiCurve Curve, long Times)> steps) =>
        steps.Count == 0 ? "nothing is released" : string.Join("; ", steps.Select(part => part.Curve.Formula).Distinct());

    /// <summary>
    /// The order at which a bound is least: a scan of a - 1 by factors of 2, then golden section around the best. Any order gives a valid bound; a poor one only a loose one.
    /// </summary>
    private static double BestOrder(Func<double, double> bound)
    {
        var (best, atBest) = (Math.Log(SmallestOrder - 1), double.PositiveInfinity);
        var rises = 0;
        for (var x = Math.Log(SmallestOrder - 1); x <= Math.Log(LargestOrder - 1) && rises < 3; x += Math.Log(2))
        {
            var value = bound(1 + Math.Exp(x));
            rises = value < atBest || double.IsInfinity(atBest) ? 0 : rises + 1;
            if (value < atBest)
                (best, atBest) = (x, value);
        }
        var middle = GoldenSection.Minimum(x => bound(1 + Math.Exp(x)), best - Math.Log(2), Math.Min(best + Math.Log(2), Math.Log(LargestOrder - 1)), 1e-5);
        return bound(1 + Math.Exp(middle)) <= atBest ? 1 + Math.Exp(middle) : 1 + Math.Exp(best);
    }
}
