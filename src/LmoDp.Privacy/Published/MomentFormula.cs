using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Published;

/// <summary>
/// The LMO-DP paper's bound (arXiv 2405.18776) on one scalar release, D_a &lt;= log[(a M((a-1)C) + (a-1) M(-aC)) / (2a-1)] / (a-1), and the epsilon that it gives at a delta: where M
/// exists, and as the published code evaluates it, which asks at no order whether M exists. Conversion to epsilon: Canonne, Kamath, Steinke (2020), Proposition 12, which is also the code's.
/// </summary>
public static class MomentFormula
{
    /// <summary>The orders that the published code tries: whole numbers.</summary>
    public const int SmallestOrder = 2, LargestOrder = 128;

    /// <summary>
    /// The least epsilon over the code's orders at which M exists: a1 theta (a-1) &lt; 1 and a3 (a-1) &lt; lambda. A proven bound for one scalar; null where no whole order is left.
    /// </summary>
    public static RenyiEpsilon? AtValidOrders(LmoLaw law, double delta) => Least(order => law.MomentRenyiBound(order), delta, "paper's bound, whole orders at which the moment generating function exists");

    /// <summary>The least epsilon over all real orders above 1 at which M exists: the most that the bound can prove.</summary>
    public static RenyiEpsilon AtRealOrders(LmoLaw law, double delta) => RenyiAccountant.Epsilon([(new MomentBoundCurve(law), 1)], delta);

    /// <summary>
    /// The least epsilon over the code's orders when the closed forms (1 - a1 theta t)^-k and lambda / (lambda - a3 t) are evaluated beyond the poles, where they are not the moment
    /// generating functions (of which there are none), and orders at which the logarithm's argument is not positive are passed over. What the published code reports; no guarantee.
    /// </summary>
    /// <param name="law">The law by the rate reading, as the published accountant has it.</param>
    /// <param name="delta">0 &lt; delta &lt; 1.</param>
    public static RenyiEpsilon AsPublished(LmoLaw law, double delta) =>
        Least(order => Math.Log((order * ClosedForm(law, order - 1) + (order - 1) * ClosedForm(law, -order)) / (2 * order - 1)) / (order - 1), delta, "paper's bound as published, also where the moment generating function does not exist")
        ?? throw new ArgumentException("the published formula gives no number at any order", nameof(law));

    /// <summary>The noise multiplier of the Gaussian that the published code sets beside an epsilon: the classical sufficient sqrt(2 log(1.25/delta)) / epsilon (Dwork and Roth 2014, Theorem A.1, for epsilon &lt; 1).</summary>
    public static double ClassicalGaussianMultiplier(double epsilon, double delta) => Math.Sqrt(2 * Math.Log(1.25 / delta)) / epsilon;

    private static RenyiEpsilon? Least(Func<double, double> divergence, double delta, string formula)
    {
        RenyiEpsilon? least = null;
        for (var order = SmallestOrder; order <= LargestOrder; order++)
        {
            var atOrder = divergence(order);
            if (!double.IsFinite(atOrder) || atOrder < 0)
                continue;
            var epsilon = RenyiConversion.Epsilon(order, atOrder, delta);
            if (least is null || epsilon < least.Value.Epsilon)
                least = new RenyiEpsilon(epsilon, order, formula);
        }
        return least;
    }

    private static double ClosedForm(LmoLaw law, double t)
    {
        var product = 1.0;
        if (law.Gamma is { } g)
            product *= Math.Pow(1 - g.Weight * g.Scale * t, -g.Shape);
        if (law.Exponential is { } e)
            product *= e.Rate / (e.Rate - e.Weight * t);
        if (law.Uniform is { } u)
            product *= u.Upper > u.Lower ? (Math.Exp(u.Weight * u.Upper * t) - Math.Exp(u.Weight * u.Lower * t)) / (u.Weight * (u.Upper - u.Lower) * t) : Math.Exp(u.Weight * u.Upper * t);
        return product;
    }

    private sealed class MomentBoundCurve(LmoLaw law) : RenyiCurve
    {
        public override string Formula => "paper's bound, real orders at which the moment generating function exists";

        public override double Divergence(double order) => law.MomentRenyiBound(order);
    }
}
