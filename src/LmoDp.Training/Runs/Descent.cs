using LmoDp.Privacy.Accounting;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Objectives;
using LmoDp.Training.Optimization;
using LmoDp.Training.ZerothOrder;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>What a run's method decides: what its state is beside the parameters, how a step is taken, and how an interrupted run comes back to where it stood.</summary>
internal abstract class Descent : IDisposable
{
    /// <summary>The method of some settings, on a model's parameters.</summary>
    /// <param name="settings">What the user decided.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="watch">Puts an onlooker around the source of gradients, where there is one; null for nobody.</param>
    public static Descent Of(FinetuneSettings settings, IReadOnlyList<(string Name, Parameter Parameter)> parameters, Func<GradientSource, GradientSource>? watch = null)
        => settings.Method == TrainingMethod.ZerothOrder ? new ZerothOrderDescent(settings, parameters) : new FirstOrderDescent(settings, parameters, watch);

    /// <summary>All that training changes.</summary>
    /// <param name="constants">Digest of all else that determines a step.</param>
    public abstract TrainingState State(byte[] constants);

    /// <summary>The tensors that a checkpoint must hold.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> Checkpointed(TrainingState state);

    /// <summary>Brings the state to where an interrupted run stood.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="checkpoint">Its checkpoint; null if it never came to one.</param>
    /// <param name="state">The state of the beginning.</param>
    /// <param name="ledger">What was released; null for a run without privacy.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>Steps done.</returns>
    public abstract int Resume(RunFolder folder, Checkpoint? checkpoint, TrainingState state, LedgerHistory? ledger, CancellationToken cancellation);

    /// <summary>Whether steps that were released after the checkpoint must be made again.</summary>
    public abstract bool RepeatsSteps { get; }

    /// <summary>Whether the ledger is to keep what was released, and the settings that it can be replayed with.</summary>
    public bool KeepsReleases => !RepeatsSteps;

    /// <summary>What is done in a step.</summary>
    /// <param name="objective">The loss.</param>
    /// <param name="units">Which of its examples belong together.</param>
    /// <param name="state">What is trained.</param>
    /// <param name="plan">Null for a run without privacy, like the session.</param>
    /// <param name="session">Ledger and key.</param>
    /// <param name="diagnostics">Told what must not be published; null unless the user asked for it.</param>
    /// <param name="cancellation">Ends a step.</param>
    public abstract TrainingStep Step(
        Objective objective, UnitsOfPrivacy units, TrainingState state, PrivacyPlan? plan, PrivateSession? session, Action<ClippedBatch>? diagnostics, CancellationToken cancellation);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private protected static LearningRateSchedule Schedule(FinetuneSettings settings) => LearningRateSchedule.ForRun(settings.LearningRate, settings.Steps, settings.WarmUpShare);
}

/// <summary>Descent along gradients, private or not.</summary>
internal sealed class FirstOrderDescent(FinetuneSettings settings, IReadOnlyList<(string Name, Parameter Parameter)> parameters, Func<GradientSource, GradientSource>? watch) : Descent
{
    private readonly Optimizer optimizer = Optimizer(settings, parameters.ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter));

    /// <inheritdoc/>
    public override bool RepeatsSteps => true;

    /// <inheritdoc/>
    public override TrainingState State(byte[] constants) => new(parameters, optimizer, constants);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Checkpointed(TrainingState state) => state.Tensors;

    /// <inheritdoc/>
    public override int Resume(RunFolder folder, Checkpoint? checkpoint, TrainingState state, LedgerHistory? ledger, CancellationToken cancellation)
    {
        checkpoint?.Restore(folder.Inner, state);
        return checkpoint?.Step ?? 0;
    }

    /// <inheritdoc/>
    public override TrainingStep Step(
        Objective objective, UnitsOfPrivacy units, TrainingState state, PrivacyPlan? plan, PrivateSession? session, Action<ClippedBatch>? diagnostics, CancellationToken cancellation)
    {
        var gradients = Gradients();
        return new GradientStep(watch?.Invoke(gradients) ?? gradients, optimizer, Schedule(settings));

        GradientSource Gradients()
        {
            if (plan is null || session is null)
            {
                var batch = Math.Max(1, (int)Math.Round(settings.Sampling.RateFor(units.Count) * objective.Count));
                return new PlainGradient(objective, parameters, batch, TaskModel.TokenBudget, settings.Seed ?? 0);
            }
            var clipping = new PerExampleClipping(objective.Model, parameters, RunPlan.Rule(settings));
            return new PrivateGradient(objective, units, clipping, plan, session.Gate, state.Digest, TaskModel.TokenBudget, diagnostics, cancellation);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        optimizer.Dispose();
        base.Dispose();
    }

    private static Optimizer Optimizer(FinetuneSettings settings, IReadOnlyDictionary<string, Tensor> parameters) => settings.Method == TrainingMethod.DpSgd
        ? new DpSgd(parameters, momentum: 0.9)
        : new DpAdamW(parameters, new AdamWSettings(WeightDecay: settings.WeightDecay));
}

/// <summary>Descent along random directions. The ledger holds what was released, and that is the state: a checkpoint needs no tensors.</summary>
internal sealed class ZerothOrderDescent(FinetuneSettings settings, IReadOnlyList<(string Name, Parameter Parameter)> parameters) : Descent
{
    private readonly PerturbedParameters perturbed = new(parameters, settings.Perturbation);

    /// <inheritdoc/>
    public override bool RepeatsSteps => false;

    /// <inheritdoc/>
    public override TrainingState State(byte[] constants) => new(parameters, null, constants);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Checkpointed(TrainingState state) => new Dictionary<string, Tensor>();

    /// <inheritdoc/>
    public override int Resume(RunFolder folder, Checkpoint? checkpoint, TrainingState state, LedgerHistory? ledger, CancellationToken cancellation) => UpdateRule.Of(ledger!.Header).Apply(perturbed, ledger, cancellation);

    /// <inheritdoc/>
    public override TrainingStep Step(
        Objective objective, UnitsOfPrivacy units, TrainingState state, PrivacyPlan? plan, PrivateSession? session, Action<ClippedBatch>? diagnostics, CancellationToken cancellation)
        => new ZerothOrderStep(objective, units, perturbed, plan!, UpdateRule.Of(session!.History.Header), session.Gate, state.Digest, diagnostics, cancellation);
}
