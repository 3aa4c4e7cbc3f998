using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using Xunit;

namespace LmoDp.Tests.Training.Loop;

public class TrainingLoopTests
{
    /// <summary>Where the budget ends a run early, its state is made durable, and with it the releases since the last checkpoint.</summary>
    [Fact]
    public void ARunThatItsBudgetEndsIsCheckpointedWhereItEnds()
    {
        var checkpoints = new List<int>();
        using var step = new Budgeted(7);
        var done = new TrainingLoop(step, steps: 20, checkpointEvery: 5, checkpoints.Add).Run(0, 1, _ => 0, new Progress<TrainingStatus>(), CancellationToken.None);
        Assert.Equal(7, done);
        Assert.Equal([5, 7], checkpoints);
    }

    private sealed class Budgeted(int allowed) : TrainingStep
    {
        public override void Take(int step)
        {
            if (step >= allowed)
                throw new BudgetSpentException("no more");
        }
    }
}
