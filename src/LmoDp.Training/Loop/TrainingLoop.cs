using System.Diagnostics;
using LmoDp.Models;
using LmoDp.Training.Ledger;

namespace LmoDp.Training.Loop;

/// <summary>The training loop, the same for every method, with and without privacy: a step, now and then a checkpoint, and one at the end.</summary>
/// <param name="step">What is repeated.</param>
/// <param name="steps">Steps of the whole run.</param>
/// <param name="checkpointEvery">Steps between checkpoints.</param>
/// <param name="checkpoint">Makes the state durable; told the number of steps done.</param>
public sealed class TrainingLoop(TrainingStep step, int steps, int checkpointEvery, Action<int> checkpoint)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(0.5);

    /// <summary>Runs the steps from <paramref name="from"/> to the end of the schedule, or until the privacy budget allows no further one.</summary>
    /// <param name="from">Steps done already.</param>
    /// <param name="expectedBatch">Expected examples a step, for the rate shown.</param>
    /// <param name="epsilonAfter">Upper bound on epsilon after a number of steps.</param>
    /// <param name="progress">Told where the run stands, twice a second; public quantities only.</param>
    /// <param name="cancellation">Ends the run before a release, after a checkpoint.</param>
    /// <returns>Steps done in all; fewer than the schedule holds where interruptions have used up the budget.</returns>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public int Run(int from, double expectedBatch, Func<int, double> epsilonAfter, IProgress<TrainingStatus> progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var reported = TimeSpan.Zero;
        for (var at = from; at < steps; at++)
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                if (!TryStep(at))
                {
                    checkpoint(at); // the last releases are on the disk before the run is said to have ended
                    return at;
                }
                NativeHeap.ReleaseExcess();
            }
            catch (OperationCanceledException)
            {
                checkpoint(at); // nothing of the step was released, and the parameters are as they were before it
                throw;
            }
            var done = at + 1;
            if (done % checkpointEvery == 0 || done == steps)
                checkpoint(done);
            if (clock.Elapsed - reported < ReportEvery && done < steps)
                continue;
            reported = clock.Elapsed;
            var rate = (done - from) / clock.Elapsed.TotalSeconds;
            progress.Report(new TrainingStatus(done, steps, epsilonAfter(done), rate * expectedBatch, TimeSpan.FromSeconds((steps - done) / rate)));
        }
        return steps;
    }

    /// <summary>One step; false where the budget does not allow it (nothing is released then, and the parameters stay as they are).</summary>
    private bool TryStep(int at)
    {
        try
        {
            step.Take(at);
            return true;
        }
        catch (BudgetSpentException)
        {
            return false;
        }
    }
}
