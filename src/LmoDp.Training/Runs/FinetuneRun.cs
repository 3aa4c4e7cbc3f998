using System.Diagnostics;
using LmoDp.Models.Adapters;
using LmoDp.Models.Layers;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Ledger;
using LmoDp.Training.Objectives;
using LmoDp.Training.Optimization;
using LmoDp.Training.Record;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>A fine-tuning run from settings to a saved model, with privacy or without: the path that <c>lmodp finetune</c> takes.</summary>
public sealed class FinetuneRun
{
    /// <summary>
    /// eta: how far float32 arithmetic may let one unit move the clipped sum beyond C, relative to C. Noise is scaled by C (1 + eta). Norms are rounded up
    /// (<see cref="Rounding"/>) and micro-batches are added up in float64; what eta covers is the float32 addition within each micro-batch.
    /// </summary>
    public const double SensitivityMargin = 1.0 / 256;

    private readonly FinetuneSettings settings;
    private readonly RunKeyStore keys;
    private readonly IProgress<TrainingStatus> progress;
    private readonly Action<ClippedBatch>? diagnostics;
    private readonly Action<string> notice;
    private readonly IProgress<WritingStatus>? evaluation;

    /// <param name="settings">What the user decided.</param>
    /// <param name="keys">Where secret run keys live.</param>
    /// <param name="progress">Told of the steps; public quantities only.</param>
    /// <param name="diagnostics">Told what must not be published; null unless the user asked for it.</param>
    /// <param name="notice">Told, in one line, what the user could not expect: steps that are charged again, a run that ends early.</param>
    /// <param name="evaluation">Told how far the evaluation of a model that writes is.</param>
    public FinetuneRun(FinetuneSettings settings, RunKeyStore keys, IProgress<TrainingStatus> progress, Action<ClippedBatch>? diagnostics = null,
        Action<string>? notice = null, IProgress<WritingStatus>? evaluation = null)
    {
        (this.settings, this.keys, this.progress, this.diagnostics) = (settings, keys, progress, diagnostics);
        (this.notice, this.evaluation) = (notice ?? (_ => { }), evaluation);
    }

    /// <summary>Runs, or goes on with, the run to its end.</summary>
    /// <param name="cancellation">Ends it between two steps, after a checkpoint.</param>
    /// <exception cref="BadInputException">Settings, data or folders are not right; nothing was released.</exception>
    /// <exception cref="OperationCanceledException">It was ended early; it can be resumed.</exception>
    public FinetuneResult Execute(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var folder = settings.Resume ? RunFolder.OfRun(settings.Output) : RunFolder.ForNewRun(settings.Output);
        if (settings.Resume && folder.HasEnded)
        {
            PrivateSession.FinishEnding(folder, keys);
            throw new BadInputException($"the run in '{folder.Path}' has ended: its model is ready, and its key is gone; a new run's cost adds to this one's");
        }

        // What is trained, on what, and what it will cost.
        using var model = settings.Files.Load(settings.Model, settings.MaxTokens, settings.Weights);
        var adapters = settings.Trainable == TrainableSet.Lora
            ? LoraAdapters.Attach(model.Module, new LoraConfig { Rank = settings.LoraRank, Alpha = settings.LoraAlpha }, TaskModel.FreshSeed)
            : null;
        var parameters = TrainableParameters.Select(model.Module, settings.Trainable);
        var trainedNumbers = parameters.Sum(entry => entry.Parameter.numel());
        var data = model.Read(settings.MaxExamples);
        using var objective = model.Objective(settings.Trainable, cancellation);
        var plan = settings.Target is null ? null : Plan(settings, data.Units.Count);
        var named = RunSettings.Of(settings, plan, model.MaxTokens);
        var text = RunSettings.Text(named);

        // Where it stands.
        using var optimizer = Optimizer(parameters.ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter));
        var state = new TrainingState(parameters, optimizer,
            TrainingState.DigestOfConstants(model.Module, [.. parameters.Select(entry => entry.Name)], data.Digest.Span, text));
        if (!settings.Resume)
            folder.Begin(text);
        using var alone = plan is null ? folder.Keep(text) : null;
        var checkpoint = settings.Resume ? Continue(folder, text, state) : null;
        using var session = plan is null ? null
            : settings.Resume ? PrivateSession.Resume(folder, checkpoint, plan, settings.Seed, keys)
            : BeginPrivate(folder, plan);
        if (model.MaxTokens < settings.MaxTokens)
            notice(FormattableString.Invariant($"texts are cut to {model.MaxTokens} tokens, not {settings.MaxTokens}: the model takes no more"));
        if (session is { RepeatsAreFree: false })
            notice("the run key is ahead of the checkpoint: steps made after it are charged again, and the run ends as many steps early");

        try
        {
            return TrainAndSave();
        }
        catch (OperationCanceledException e)
        {
            throw new RunInterruptedException("interrupted: the run stands where it was, continue it with --resume and the same options", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{e.Message}: mend that, then continue the run with --resume and the same options", e);
        }

        FinetuneResult TrainAndSave()
        {
            // Train.
            var schedule = new LearningRateSchedule(settings.LearningRate, settings.Steps, (int)Math.Round(settings.WarmUpShare * settings.Steps));
            var samplingRate = settings.Sampling.RateFor(data.Units.Count);
            var expectedBatch = samplingRate * data.Units.Count;
            var (steps, stepsBefore, started) = (0, checkpoint?.Step ?? 0, clock.Elapsed);
            using (var gradients = Gradients(objective, data, parameters, state, plan, session, cancellation))
            {
                var training = new FineTuning(gradients, state, settings.Steps, schedule, CheckpointEvery, step => SaveCheckpoint(folder, session, state, step));
                steps = training.Run(stepsBefore, expectedBatch, step => plan?.EpsilonAfter(Math.Max(step, session!.History.Spent(0))).Upper ?? double.PositiveInfinity, progress, cancellation);
            }
            var examplesPerSecond = expectedBatch * (steps - stepsBefore) / (clock.Elapsed - started).TotalSeconds;
            if (steps < settings.Steps)
                notice(FormattableString.Invariant($"the privacy budget allowed {steps} of {settings.Steps} steps: the others were spent on steps that were made anew"));

            // Save and say what it is worth.
            var apart = settings.Weights == WeightStorage.Mapped ? adapters : null; // folded into bfloat16 weights they would be rounded away
            if (apart is null)
                adapters?.Merge();
            var metrics = model.Evaluate(evaluation, cancellation);
            var record = Record(named, plan, data, steps, session?.History, metrics, examplesPerSecond, clock.Elapsed);
            folder.Publish(result =>
            {
                if (apart is null)
                    model.Save(result);
                else
                    model.SaveAdapters(result, apart, settings.Model!);
                record.Write(result);
            });
            session?.EraseKey();
            folder.DeleteCheckpoint();
            return new FinetuneResult(plan, record, samplingRate, trainedNumbers);
        }
    }

    /// <summary>The plan of private settings for n units: what the noise is, and what it proves.</summary>
    /// <exception cref="BadInputException">The target cannot be met, or the given law does not meet it.</exception>
    public static PrivacyPlan Plan(FinetuneSettings settings, int units)
    {
        var target = settings.Target ?? throw new ArgumentException("the settings are not private", nameof(settings));
        var (rate, norm) = (settings.Sampling.RateFor(units), Rule(settings).Norm);
        return NoiseChoice.Parse(target.Noise, target.Exponential) switch
        {
            { IsFamily: true, Law: var shape } => PrivacyPlan.Calibrated(
                units, rate, settings.Steps, norm, new VectorRelease(shape), target.Epsilon, target.Delta, SensitivityMargin),
            { Law: var law } => new PrivacyPlan(
                units, rate, settings.Steps, norm, new VectorRelease(law), target.Epsilon, target.Delta, sensitivityMargin: SensitivityMargin),
        };
    }

    private static ClippingRule Rule(FinetuneSettings settings)
        => settings.Clipping == ClippingKind.Automatic ? new AutomaticClipping(settings.ClippingNorm) : new FlatClipping(settings.ClippingNorm);

    /// <summary>A tenth of the run, so that little is lost and little time spent.</summary>
    private int CheckpointEvery => Math.Max(1, settings.Steps / 10);

    private Optimizer Optimizer(IReadOnlyDictionary<string, Tensor> parameters) => settings.Method == TrainingMethod.DpSgd
        ? new DpSgd(parameters, momentum: 0.9)
        : new DpAdamW(parameters, new AdamWSettings(WeightDecay: settings.WeightDecay));

    private GradientSource Gradients(Objective objective, Dataset data, IReadOnlyList<(string Name, Parameter Parameter)> parameters, TrainingState state,
        PrivacyPlan? plan, PrivateSession? session, CancellationToken cancellation)
    {
        if (plan is null || session is null)
        {
            var batch = Math.Max(1, (int)Math.Round(settings.Sampling.RateFor(data.Units.Count) * data.Count));
            return new PlainGradient(objective, parameters, batch, TaskModel.TokenBudget, settings.Seed ?? 0);
        }
        var clipping = new PerExampleClipping(objective.Model, parameters, Rule(settings));
        return new PrivateGradient(objective, new UnitsOfPrivacy(data), clipping, plan, session.Gate, state.Digest, TaskModel.TokenBudget, diagnostics, cancellation);
    }

    /// <summary>A run that cannot get its ledger or its key leaves nothing behind.</summary>
    private PrivateSession BeginPrivate(RunFolder folder, PrivacyPlan plan)
    {
        try
        {
            return PrivateSession.Begin(folder, plan, settings.Seed, keys);
        }
        catch
        {
            folder.Abandon();
            throw;
        }
    }

    private static Checkpoint? Continue(RunFolder folder, string settingsText, TrainingState state)
    {
        folder.RequireSettings(settingsText);
        var checkpoint = folder.ReadCheckpoint();
        checkpoint?.Restore(folder.Inner, state);
        return checkpoint;
    }

    private static void SaveCheckpoint(RunFolder folder, PrivateSession? session, TrainingState state, int step)
    {
        if (session is null)
            new Checkpoint(step, 0, null).Write(folder.Inner, state);
        else
            session.Checkpoint(folder, state, step);
    }

    private RunRecord Record(IReadOnlyDictionary<string, string> named, PrivacyPlan? plan, Dataset data, int steps, LedgerHistory? ledger,
        IReadOnlyDictionary<string, double> metrics, double examplesPerSecond, TimeSpan elapsed)
    {
        var unitColumn = settings.Files.UnitColumn;
        var clipping = settings.Clipping == ClippingKind.Automatic ? "automatic: every gradient scaled by C / (norm + 0.01)" : "flat: longer gradients scaled to C";
        var context = new DpStatementContext(
            unitColumn,
            settings.Sampling.ExpectedBatch is not null,
            unitColumn is null ? clipping : clipping + "; a unit contributes the mean of its rows' clipped gradients",
            DataTouches.Of(unitColumn is null, metrics.Count > 0, settings.UnsafeDiagnostics, settings.MaxExamples is not null),
            settings.UnsafeDiagnostics);
        return new RunRecord
        {
            Run = ledger?.Header.Run,
            Task = settings.Files.Name,
            Model = settings.Model is null ? $"{settings.Files.EmbeddedModelName} (embedded)" : Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.Model)),
            TrainingFile = data.Name,
            Settings = named,
            Steps = steps,
            Privacy = plan is null || ledger is null ? null : DpStatement.Of(plan, ledger, context),
            Metrics = metrics,
            ExpectedExamplesPerSecond = examplesPerSecond,
            Seconds = elapsed.TotalSeconds,
            Ended = DateTime.UtcNow,
        };
    }
}
