using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Published;

/// <summary>What one release with a published set of parameters costs, beside what is claimed for it. Sensitivity 1.</summary>
/// <param name="Parameters">The set.</param>
/// <param name="Delta">At this delta.</param>
/// <param name="Reported">The epsilon that the published search reports, and its order (<see cref="MomentFormula.AsPublished"/>).</param>
/// <param name="ReportedMultiplier">The Gaussian multiplier that the published code sets beside it (<see cref="MomentFormula.ClassicalGaussianMultiplier"/>).</param>
/// <param name="Rate">Figures where the Exponential's rate is E_lambda: the law that the published accountant describes.</param>
/// <param name="Scale">Figures where its mean is E_lambda: the law that the published code draws from.</param>
public sealed record PublishedAccount(PublishedParameters Parameters, double Delta, RenyiEpsilon Reported, double ReportedMultiplier, ReadingAccount Rate, ReadingAccount Scale)
{
    /// <summary>The account of a set at a delta.</summary>
    public static PublishedAccount Of(PublishedParameters parameters, double delta)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var reported = MomentFormula.AsPublished(parameters.Law(ExponentialReading.Rate), delta);
        return new PublishedAccount(parameters, delta, reported, MomentFormula.ClassicalGaussianMultiplier(reported.Epsilon, delta),
            ReadingAccount.Of(parameters.Law(ExponentialReading.Rate), delta), ReadingAccount.Of(parameters.Law(ExponentialReading.Scale), delta));
    }

    /// <summary>Whether a scalar release with the noise that the code draws is proven to exceed the epsilon that its search reports.</summary>
    public bool ExceedsReported => Scale.Epsilon.Lower > Reported.Epsilon;

    /// <summary>Whether it is proven to exceed the epsilon in the file's name; for a set under several names, the largest.</summary>
    public bool ExceedsName => Scale.Epsilon.Lower > Parameters.ClaimedEpsilons[^1];
}

/// <summary>What one release with an LMO law costs.</summary>
/// <param name="Formula">By the paper's bound over the published code's orders; null where M exists at none of them.</param>
/// <param name="FormulaAtRealOrders">By the paper's bound over all real orders.</param>
/// <param name="Epsilon">Bounds on the exact epsilon of one scalar.</param>
/// <param name="PureEpsilon">The exact epsilon of one scalar at delta 0.</param>
/// <param name="VectorMultiplier">1/sqrt(Fisher information): the multiplier of the Gaussian that a long vector with this noise on every coordinate is worth at best.</param>
public sealed record ReadingAccount(RenyiEpsilon? Formula, RenyiEpsilon FormulaAtRealOrders, Bounds Epsilon, double PureEpsilon, double VectorMultiplier)
{
    internal static ReadingAccount Of(LmoLaw law, double delta) => new(
        MomentFormula.AtValidOrders(law, delta),
        MomentFormula.AtRealOrders(law, delta),
        PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(law), 1, 1)), delta),
        new OneRelease(law).PureEpsilon,
        new CoordinateNoise(law).LimitingMultiplier);
}
