using LmoDp.Models.Adapters;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Optimization;
using LmoDp.Training.Runs;
using LmoDp.Training.ZerothOrder;
using static TorchSharp.torch;

namespace PrivateStep;

/// <summary>A zeroth-order step, all that a run does (one direction, sampling rate 1), and the two forward passes that it cannot do without.</summary>
internal sealed class ZerothOrderArm : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lmodp-benchmark-").FullName;
    private readonly SyntheticObjective objective;
    private readonly PrivateSession session;
    private readonly ZerothOrderStep step;
    private int steps;

    public ZerothOrderArm(SyntheticObjective objective, TrainableSet set)
    {
        this.objective = objective;
        var parameters = TrainableParameters.Select(objective.Model, set);
        var data = new TextDataset("synthetic", [.. Enumerable.Range(0, objective.Count).Select(_ => new TextExample("", null, 0, null))]);
        var noise = LatticeLaw.Rounded(new GaussianLaw(100), 2);
        var plan = new PrivacyPlan(objective.Count, 1, 1000, 1, new ScalarRelease(noise), double.PositiveInfinity, 1e-5, AccountantKind.Rdp);
        var run = RunFolder.ForNewRun(Path.Combine(folder, "out"));
        run.Begin("{}");
        session = PrivateSession.Begin(run, plan, seed: null, new RunKeyStore(Path.Combine(folder, "keys")));
        var rule = new UpdateRule(1, 1, 0.5 / plan.ExpectedBatchSize, new LearningRateSchedule(1e-6, 1000));
        var state = new TrainingState(parameters, null, constants: []);
        step = new ZerothOrderStep(objective, new UnitsOfPrivacy(data), new PerturbedParameters(parameters, 1.0 / 1024), plan, rule, session.Gate, state.Digest);
    }

    /// <summary>The losses of all examples, twice.</summary>
    public void TwoPasses()
    {
        using var noGrad = no_grad();
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var batch in MicroBatches.Divide(Enumerable.Range(0, objective.Count), objective.Length, objective.TokenBudget))
            {
                using var scope = NewDisposeScope();
                _ = objective.Losses(batch).data<float>().ToArray();
            }
        }
    }

    /// <summary>A step of training.</summary>
    public void Step() => step.Take(steps++);

    public void Dispose()
    {
        step.Dispose();
        session.Dispose();
        objective.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
