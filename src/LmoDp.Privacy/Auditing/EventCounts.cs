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
    public double EpsilonLower(double delta, double error) => Math.Max(0, Event.Above
        ? Math.Log((BinomialConfidence.Lower(With, TrialsWith, error / 2) - delta) / BinomialConfidence.Upper(Without, TrialsWithout, error / 2))
        : Math.Log((BinomialConfidence.Lower(Without, TrialsWithout, error / 2) - delta) / BinomialConfidence.Upper(With, TrialsWith, error / 2)));
}
