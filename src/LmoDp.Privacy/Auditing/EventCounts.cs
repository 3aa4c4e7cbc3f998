namespace LmoDp.Privacy.Auditing;

/// <summary>How often an event happened on either of two neighbouring inputs.</summary>
/// <param name="Event">The event, chosen without looking at these counts.</param>
/// <param name="Without">Times that it happened without the example.</param>
/// <param name="TrialsWithout">Of how many.</param>
/// <param name="With">Times that it happened with the example.</param>
/// <param name="TrialsWith">Of how many.</param>
public sealed record EventCounts(DistinguishingEvent Event, long Without, long TrialsWithout, long With, long TrialsWith)
{
    /// <summary>
    /// What epsilon must be at least: for any event S, (epsilon, delta) demands P(S) &lt;= e^epsilon Q(S) + delta, so epsilon &gt;= log((P(S) - delta) / Q(S)), for S or its complement and
    /// either way round. Each of the two probabilities is replaced by its confidence limit (<see cref="BinomialConfidence"/>) at half the error rate; never below 0.
    /// </summary>
    /// <param name="delta">In [0, 1].</param>
    /// <param name="error">With at most this probability the bound is wrong, one direction having been chosen beforehand by the side of the event.</param>
    public double EpsilonLower(double delta, double error) => Event.Above
        ? Bound(With, TrialsWith, Without, TrialsWithout, delta, error)
        : Bound(Without, TrialsWithout, With, TrialsWith, delta, error);

    private static double Bound(long often, long oftenOf, long seldom, long seldomOf, double delta, double error)
    {
        var surplus = BinomialConfidence.Lower(often, oftenOf, error / 2) - delta;
        return surplus > 0 ? Math.Max(0, Math.Log(surplus / BinomialConfidence.Upper(seldom, seldomOf, error / 2))) : 0;
    }
}
