using System.Diagnostics;
using LmoDp.Models;
using LmoDp.Models.Adapters;
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

    /// <summary>Most tokens in a micro-batch, padding included.</summary>
    private const int TokenBudget = 8192;

    private readonly FinetuneSettings settings;
    private readonly RunKeyStore keys;
    private readonly IProgress<TrainingStatus> progress;
    private readonly Action<ClippedBatch>? diagnostics;
    private readonly Action<string> notice;

    /// <param name="settings">What the user decided.</param>
    /// <param name="keys">Where secret run keys live.</param>
    /// <param name="progress">Told of the steps; public quantities only.</param>
    /// <param name="diagnostics">Told what must not be published; null unless the user asked for it.</param>
    /// <param name="notice">Told, in one line, what the user could not expect: steps that are charged again, a run that ends early.</param>
    public FinetuneRun(FinetuneSettings settings, RunKeyStore keys, IProgress<TrainingStatus> progress, Action<ClippedBatch>? diagnostics = null,
        Action<string>? notice = null)
    {
        (this.settings, this.keys, this.progress, this.diagnostics) = (settings, keys, progress, diagnostics);
        this.notice = notice ?? (_ => { });
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
        using var classifier = LoadedClassifier.ForTraining(settings.Model ?? EmbeddedModel.Folder, settings.Files.Task.Labels);
        var adapters = settings.Trainable == TrainableSet.Lora
            ? LoraAdapters.Attach(classifier.Model, new LoraConfig { Rank = settings.LoraRank, Alpha = settings.LoraAlpha }, LoadedClassifier.FreshSeed)
            : null;
        var parameters = TrainableParameters.Select(classifier.Model, settings.Trainable);
        var trainedNumbers = parameters.Sum(entry => entry.Parameter.numel());
        var data = ReadTraining();
        var evaluation = settings.Files.ReadEvaluation();
        var examples = Encode(data, classifier, cancellation);
        using var objective = Objective(classifier, examples, cancellation);
        var plan = settings.Target is null ? null : Plan(settings, data.Units.Count);
        var named = RunSettings.Of(settings, plan, MaxTokens(classifier));
        var text = RunSettings.Text(named);

        // Where it stands.
        using var optimizer = Optimizer(parameters.ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter));
        var state = new TrainingState(parameters, optimizer,
            TrainingState.DigestOfConstants(classifier.Model, [.. parameters.Select(entry => entry.Name)], data.Digest.Span, text));
        if (!settings.Resume)
            folder.Begin(text);
        using var alone = plan is null ? folder.Keep(text) : null;
        var checkpoint = settings.Resume ? Continue(folder, text, state) : null;
        using var session = plan is null ? null
            : settings.Resume ? PrivateSession.Resume(folder, checkpoint, plan, settings.Seed, keys)
            : BeginPrivate(folder, plan);
        if (MaxTokens(classifier) < settings.MaxTokens)
            notice(FormattableString.Invariant($"texts are cut to {MaxTokens(classifier)} tokens, not {settings.MaxTokens}: the model takes no more"));
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
            adapters?.Merge();
            var metrics = Evaluate(classifier, evaluation, cancellation);
            var record = Record(named, plan, data, steps, session?.History, metrics, examplesPerSecond, clock.Elapsed);
            folder.Publish(result =>
            {
                ClassifierCheckpoint.Save(result, classifier.Model, classifier.Tokenizer);
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

    private TextDataset ReadTraining()
    {
        var data = settings.Files.ReadTrain();
        return settings.MaxExamples is { } most && most < data.Examples.Count ? new TextDataset(data.Name, [.. data.Examples.Take(most)], data.SkippedRows) : data;
    }

    private Optimizer Optimizer(IReadOnlyDictionary<string, Tensor> parameters) => settings.Method == TrainingMethod.DpSgd
        ? new DpSgd(parameters, momentum: 0.9)
        : new DpAdamW(parameters, new AdamWSettings(WeightDecay: settings.WeightDecay));

    /// <summary>Only the head trained: the body's outputs are computed once.</summary>
    private Objective Objective(LoadedClassifier classifier, EncodedDataset examples, CancellationToken cancellation) => settings.Trainable == TrainableSet.Head
        ? new HeadObjective(classifier.Model, examples, CPU, TokenBudget, cancellation)
        : new ClassificationObjective(classifier.Model, examples, CPU);

    private GradientSource Gradients(Objective objective, TextDataset data, IReadOnlyList<(string Name, Parameter Parameter)> parameters, TrainingState state,
        PrivacyPlan? plan, PrivateSession? session, CancellationToken cancellation)
    {
        if (plan is null || session is null)
        {
            var batch = Math.Max(1, (int)Math.Round(settings.Sampling.RateFor(data.Units.Count) * data.Examples.Count));
            return new PlainGradient(objective, parameters, batch, TokenBudget, settings.Seed ?? 0);
        }
        var clipping = new PerExampleClipping(objective.Model, parameters, Rule(settings));
        return new PrivateGradient(objective, new UnitsOfPrivacy(data), clipping, plan, session.Gate, state.Digest, TokenBudget, diagnostics, cancellation);
    }

    private EncodedDataset Encode(TextDataset data, LoadedClassifier classifier, CancellationToken cancellation)
        => new(data, classifier.Tokenizer, MaxTokens(classifier), cancellation);

    private int MaxTokens(LoadedClassifier classifier) => Math.Min(settings.MaxTokens, classifier.Model.Config.MaxTokens);

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

    private Dictionary<string, double> Evaluate(LoadedClassifier classifier, IReadOnlyList<(string Suffix, TextDataset Data)> sets, CancellationToken cancellation)
    {
        var metrics = new Dictionary<string, double>();
        foreach (var (suffix, data) in sets)
        {
            var predictions = Classification.Predictions(classifier.Model, Encode(data, classifier, cancellation), CPU, cancellation);
            foreach (var (name, value) in ClassificationMetrics.Compute(predictions, [.. data.Examples.Select(example => example.Label)], classifier.Model.Config.NumLabels, suffix))
                metrics.Add(name, value);
        }
        return metrics;
    }

    private RunRecord Record(IReadOnlyDictionary<string, string> named, PrivacyPlan? plan, TextDataset data, int steps, LedgerHistory? ledger,
        IReadOnlyDictionary<string, double> metrics, double examplesPerSecond, TimeSpan elapsed)
    {
        var unitColumn = settings.Files.Task.UnitColumn;
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
            Task = settings.Files.Task.Name,
            Model = settings.Model is null ? "lmodp-roberta-mini (embedded)" : Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.Model)),
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
