using System.Diagnostics.CodeAnalysis;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>A run that is gone on with keeps its noise, also where the program would find another one today: another processor, another version.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes")]
public sealed class RunPlanTests : IDisposable
{
    private const int Rows = 60;
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;

    public RunPlanTests() => run = TinyRun.Create(folder.Path);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("gaussian", false)]
    [InlineData("laplace", false)]
    [InlineData("gaussian", true)] // two directions, clipped together
    [InlineData("laplace", true)] // and separately
    public void TheNoiseOfAResumedRunIsItsLedgersAccountedAnew(string noise, bool zerothOrder)
    {
        var (settings, begun, tooLittle) = (Settings(3), RunPlan.Of(Settings(2.9), Rows), RunPlan.Of(Settings(3.1), Rows));
        var resumed = RunPlan.Resumed(settings, Rows, Header(begun));
        Assert.Equal((begun.Release.Noise.ToString(), begun.Release.Kind, begun.Sensitivity, begun.SamplingRate, begun.Steps, begun.Step.PerDraw),
            (resumed.Release.Noise.ToString(), resumed.Release.Kind, resumed.Sensitivity, resumed.SamplingRate, resumed.Steps, resumed.Step.PerDraw));
        Assert.Equal(3, resumed.TargetEpsilon);
        Assert.InRange(resumed.Epsilon.Upper, 2.85, 2.9);
        Assert.Contains("more than the budget of 3", Assert.Throws<BadInputException>(() => RunPlan.Resumed(settings, Rows, Header(tooLittle))).Message);

        FinetuneSettings Settings(double epsilon) => (zerothOrder ? run.ZerothOrder("run", 7) : run.Settings("run", 7)) with { Target = new(epsilon, 1e-5, noise) };
    }

    [Fact]
    public void ALawThatWasGivenIsNotTakenFromTheLedger()
    {
        var settings = run.Settings("run", 7) with { Target = new(1e6, 1e-5, "gaussian:std=2") };
        var begun = RunPlan.Of(settings with { Target = new(1e6, 1e-5, "gaussian:std=3") }, Rows);
        Assert.Equal("gaussian:std=2", RunPlan.Resumed(settings, Rows, Header(begun)).Release.Noise.ToString());
    }

    [Fact]
    public void ARunGoesOnWithTheNoiseThatItWasBegunWith()
    {
        var settings = run.Settings("run", 7) with { Target = new(3, 1e-5, "gaussian") };
        var (today, begun) = (RunPlan.Of(settings, Rows), RunPlan.Of(settings with { Target = new(2.9, 1e-5, "gaussian") }, Rows));
        run.Execute(settings with { Output = run.Output("today") });
        var text = File.ReadAllText(Path.Combine(run.Inner("today"), "settings.json"));
        Assert.Contains(today.Release.Noise.ToString(), text);
        var other = RunFolder.ForNewRun(settings.Output);
        other.Begin(text.Replace(today.Release.Noise.ToString(), begun.Release.Noise.ToString(), StringComparison.Ordinal));
        PrivateSession.Begin(other, begun, 7, run.Keys).Dispose();

        var asked = Assert.Throws<BadInputException>(() => run.Execute(settings with { Resume = true, Target = new(3, 1e-5, "laplace") }));
        Assert.Contains("other settings", asked.Message);
        var statement = run.Execute(settings with { Resume = true }).Record.Privacy!;
        Assert.Equal(begun.Release.Noise.ToString(), statement.Noise);
        Assert.InRange(statement.Epsilon, 2.85, 2.9);
    }

    private static LedgerHeader Header(PrivacyPlan plan)
        => new(LedgerHeader.NewRun(), false, [new(new ReleaseTerms(plan.Release.Noise.ToString(), plan.Release.Kind, plan.Sensitivity, plan.SamplingRate, plan.Step.PerDraw), (int)plan.Steps)]);
}
