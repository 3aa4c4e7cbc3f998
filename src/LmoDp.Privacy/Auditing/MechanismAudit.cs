using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Auditing;

/// <summary>
/// Runs a mechanism many times on two neighbouring inputs and proves from the outputs, with stated confidence, how large its epsilon must be at least: half of the runs choose
/// an event, the other half bound its two probabilities. A lower bound above the accountant's upper bound shows that one of mechanism and accountant is wrong; one below it shows
/// that this adversary found nothing.
/// </summary>
public static class MechanismAudit
{
    private const int RunsPerStream = 1 << 12;

    /// <summary>Audits a mechanism.</summary>
    /// <param name="mechanism">Makes a mechanism for one thread.</param>
    /// <param name="runs">Runs on each of the two inputs, at least 2.</param>
    /// <param name="delta">The delta of the bound, in [0, 1).</param>
    /// <param name="confidence">The bound is right with at least this probability, in (0, 1).</param>
    /// <param name="streams">A fresh stream of randomness for each number; called from several threads.</param>
    /// <param name="progress">Told the runs that were made.</param>
    /// <param name="cancellation">Ends the audit.</param>
    /// <returns>The event and its counts; <see cref="EventCounts.EpsilonLower"/> at an error rate of 1 - confidence is the bound.</returns>
    public static EventCounts Run(Func<AuditedMechanism> mechanism, int runs, double delta, double confidence, Func<int, RandomSource> streams,
        Action<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(mechanism);
        ArgumentNullException.ThrowIfNull(streams);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 2);
        if (!(delta is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "delta lies in [0, 1)");
        if (!(confidence is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "the confidence lies in (0, 1)");
        var scores = new[] { new double[runs], new double[runs] };
        var perInput = (runs + RunsPerStream - 1) / RunsPerStream;
        var made = 0L;
        Parallel.For(0, 2 * perInput, new ParallelOptions { CancellationToken = cancellation }, mechanism, (stream, _, local) =>
        {
            var (input, start) = (stream / perInput, stream % perInput * RunsPerStream);
            var random = streams(stream);
            using var owned = random as IDisposable;
            var piece = scores[input].AsSpan(start, Math.Min(RunsPerStream, runs - start));
            foreach (ref var score in piece)
                score = local.Score(random, present: input == 1);
            progress?.Invoke(Interlocked.Add(ref made, piece.Length));
            return local;
        }, _ => { });
        var half = runs / 2;
        var chosen = DistinguishingEvent.Best(scores[0][..half], scores[1][..half], delta, 1 - confidence);
        return new EventCounts(chosen, chosen.Count(scores[0].AsSpan(half)), runs - half, chosen.Count(scores[1].AsSpan(half)), runs - half);
    }
}
