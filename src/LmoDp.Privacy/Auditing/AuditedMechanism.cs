using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Auditing;

/// <summary>Something that publishes outputs about data with or without one example, seen by the strongest adversary that one thought of.</summary>
public abstract class AuditedMechanism
{
    /// <summary>
    /// Runs the mechanism once and says how much its output looks like one of the data with the example: any number that grows with the suspicion. The bound holds whatever the score
    /// is; it is tight where the score grows with the likelihood ratio.
    /// </summary>
    /// <param name="random">The randomness of this run.</param>
    /// <param name="present">Whether the example is there.</param>
    public abstract double Score(RandomSource random, bool present);
}
