using LmoDp.Privacy.Accounting;

namespace LmoDp.Privacy.Auditing;

/// <summary>
/// A guarantee at many epsilons at once: for each of them a delta, so that for any event S, P(S) &lt;= e^epsilon Q(S) + delta, whichever of the two has the example. An attack that no single (epsilon, delta)
/// rules out may still be too good for all of them together.
/// </summary>
public sealed class PrivacyProfile
{
    private const int Points = 24;
    private const double SmallestDelta = 1e-7;
    private readonly IReadOnlyList<(double Epsilon, double Delta)> points;

    /// <param name="points">Pairs that all hold.</param>
    public PrivacyProfile(params IReadOnlyList<(double Epsilon, double Delta)> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (points.Count == 0 || points.Any(point => !(point.Epsilon >= 0 && point.Delta is >= 0 and <= 1)))
            throw new ArgumentException("a profile has at least one point, epsilons at least 0 and deltas in [0, 1]", nameof(points));
        this.points = points;
    }

    /// <summary>What an accountant proves for a composition, from epsilon 0 to where delta is next to nothing.</summary>
    /// <exception cref="BadInputException">The accountant does not apply.</exception>
    public static PrivacyProfile Of(Composition composition, AccountantKind accountant)
    {
        var last = Accountants.Epsilon(accountant, composition, SmallestDelta).Upper;
        if (!double.IsFinite(last))
            throw new BadInputException("no finite epsilon is proven for these releases: there is nothing to audit");
        double[] epsilons = [.. Enumerable.Range(0, Points).Select(i => last * i / (Points - 1)).Where(double.IsFinite).Distinct()];
        IEnumerable<double> deltas = accountant == AccountantKind.Pld
            ? PldAccountant.Profile(composition, epsilons).Select(delta => delta.Upper)
            : OfCurves(RenyiAccountant.Curves(composition));
        return new PrivacyProfile([.. epsilons.Zip(deltas, (epsilon, delta) => (epsilon, Math.Min(1, delta)))]);

        IEnumerable<double> OfCurves(IReadOnlyList<(RenyiCurve Curve, long Times)> steps) => epsilons.Select(epsilon => RenyiAccountant.Delta(steps, epsilon).Delta);
    }

    /// <summary>The least Q(S) of an event with P(S) = <paramref name="probability"/>: the inverse of 1 minus the trade-off curve (Dong, Roth and Su 2022). It is convex.</summary>
    /// <param name="probability">In [0, 1].</param>
    public double Least(double probability)
    {
        var least = 0.0;
        foreach (var (epsilon, delta) in points)
        {
            var missed = probability < 1 ? Math.Exp(epsilon) * (1 - probability) : 0; // not infinity times 0
            least = Math.Max(least, Math.Max((probability - delta) * Math.Exp(-epsilon), 1 - delta - missed));
        }
        return least;
    }
}
