using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Optimization;
using LmoDp.Training.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PrivateStep;

/// <summary>A way of training a model.</summary>
internal abstract class Arm : IDisposable
{
    private int steps;

    protected Arm(SyntheticObjective objective, TrainableSet set)
    {
        Objective = objective;
        Parameters = TrainableParameters.Select(objective.Model, set);
        Optimizer = new DpAdamW(Parameters.ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter), new AdamWSettings());
    }

    protected SyntheticObjective Objective { get; }

    protected IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    protected Optimizer Optimizer { get; }

    protected abstract GradientSource Source { get; }

    /// <summary>Adds one micro-batch's gradients to sums that are there already.</summary>
    public abstract void MicroBatch();

    /// <summary>A step of training.</summary>
    public void Step()
    {
        using var scope = NewDisposeScope();
        Optimizer.Step(Source.Next(steps++), learningRate: 1e-6);
    }

    public virtual void Dispose()
    {
        Source.Dispose();
        Optimizer.Dispose();
        Objective.Dispose();
    }
}

/// <summary>Without privacy: one backward pass asks for the trained parameters' gradients, and only they require any.</summary>
internal sealed class PlainArm : Arm
{
    private readonly List<Tensor> trained, sums;

    public PlainArm(SyntheticObjective objective, TrainableSet set) : base(objective, set)
    {
        trained = [.. Parameters.Select(entry => (Tensor)entry.Parameter)];
        sums = [.. trained.Select(parameter => zeros(parameter.shape))];
        Source = new PlainGradient(objective, Parameters, objective.Count, objective.TokenBudget, seed: 1);
    }

    protected override GradientSource Source { get; }

    public override void MicroBatch()
    {
        using var scope = NewDisposeScope();
        var gradients = autograd.grad([Objective.Losses(Objective.First).sum()], trained, allow_unused: true);
        foreach (var (sum, gradient) in sums.Zip(gradients))
        {
            if (!gradient.IsInvalid)
                sum.add_(gradient, KeptNumbers.One);
        }
    }

    public override void Dispose()
    {
        sums.ForEach(sum => sum.Dispose());
        base.Dispose();
    }
}

/// <summary>With privacy, all that a run does: sampling rate 1, so that both ways see the same examples.</summary>
internal sealed class PrivateArm : Arm
{
    private readonly string folder = Directory.CreateTempSubdirectory("lmodp-benchmark-").FullName;
    private readonly PerExampleClipping clipping;
    private readonly PrivateSession session;

    public PrivateArm(SyntheticObjective objective, TrainableSet set) : base(objective, set)
    {
        var data = new TextDataset("synthetic", [.. Enumerable.Range(0, objective.Count).Select(_ => new TextExample("", null, 0, null))]);
        var plan = new PrivacyPlan(objective.Count, 1, 1000, clippingNorm: 0.1, new VectorRelease(new GaussianLaw(100)), double.PositiveInfinity, 1e-5, AccountantKind.Rdp, FinetuneRun.SensitivityMargin);
        var run = RunFolder.ForNewRun(Path.Combine(folder, "out"));
        run.Begin("{}");
        session = PrivateSession.Begin(run, plan, seed: null, new RunKeyStore(Path.Combine(folder, "keys")));
        clipping = new PerExampleClipping(objective.Model, Parameters, new FlatClipping(plan.ClippingNorm));
        var state = new TrainingState(Parameters, Optimizer, constants: []);
        Source = new PrivateGradient(objective, new UnitsOfPrivacy(data), clipping, plan, session.Gate, state.Digest, objective.TokenBudget);
    }

    protected override GradientSource Source { get; }

    public override void MicroBatch() => clipping.Accumulate(Objective.First.Length, () => Objective.Losses(Objective.First));

    public override void Dispose()
    {
        base.Dispose();
        session.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
