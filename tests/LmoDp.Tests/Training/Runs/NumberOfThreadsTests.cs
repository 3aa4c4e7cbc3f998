using LmoDp.Training.Ledger;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

public sealed class NumberOfThreadsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;

    public NumberOfThreadsTests() => run = TinyRun.Create(folder.Path);

    public void Dispose() => folder.Dispose();

    /// <summary>With another number of threads a step made again may come out with other bits: then it is another attempt, with a draw and noise of its own. Either way no noise is used twice.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void AnotherNumberOfThreadsRepeatsAStepOrHasNoiseOfItsOwn(int before, int after)
    {
        var usual = TorchSharp.torch.get_num_threads();
        try
        {
            TorchSharp.torch.set_num_threads(before);
            var batches = 0;
            Assert.Throws<InvalidTimeZoneException>(() => run.Execute(run.Settings("run", 7), _ => { if (++batches == 10) throw new InvalidTimeZoneException(); }));
            var made = LedgerHistory.Read(run.Inner("run")).Entries.ToArray();
            TorchSharp.torch.set_num_threads(after);
            run.Execute(run.Settings("run", 7, resume: true));
            var entries = LedgerHistory.Read(run.Inner("run")).Entries;
            Assert.Equal(made, entries.Take(made.Length));
            Assert.Equal(entries.Count, entries.Select(entry => (entry.Step, entry.Attempt)).Distinct().Count());
            Assert.Equal(entries.Count, entries.Select(entry => entry.Release).Distinct().Count());
        }
        finally
        {
            TorchSharp.torch.set_num_threads(usual);
        }
    }
}
