using System.Diagnostics;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;

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
    private readonly string howToGoOn;

    /// <param name="settings">What the user decided.</param>
    /// <param name="keys">Where secret run keys live.</param>
    /// <param name="progress">Told of the steps; public quantities only.</param>
    /// <param name="diagnostics">Told what must not be published; null unless the user asked for it.</param>
    /// <param name="notice">Told, in one line, what the user could not expect: steps that are charged again, a run that ends early.</param>
    /// <param name="evaluation">Told how far the evaluation of a model that writes is.</param>
    /// <param name="howToGoOn">What a user is told to do after an interruption.</param>
    public FinetuneRun(FinetuneSettings settings, RunKeyStore keys, IProgress<TrainingStatus> progress, Action<ClippedBatch>? diagnostics = null,
        Action<string>? notice = null, IProgress<WritingStatus>? evaluation = null, string howToGoOn = RunInterruptedException.Resume)
    {
        (this.settings, this.keys, this.progress, this.diagnostics) = (settings, keys, progress, diagnostics);
        (this.notice, this.evaluation, this.howToGoOn) = (notice ?? (_ => { }), evaluation, howToGoOn);
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
        using var trained = TrainedModel.Of(settings);
        var (model, parameters) = (trained.Model, trained.Parameters);
        var trainedNumbers = parameters.Sum(entry => entry.Parameter.numel());
        var data = model.Read(settings.MaxExamples);
        var plan = settings.Target is null ? null : Plan(settings, data.Units.Count);
        using var descent = Descent.Of(settings, parameters);
        var named = RunSettings.Of(settings, plan, model);
        var text = RunSettings.Text(named);
        if (settings.Resume)
            folder.RequireSettings(text);
        using var objective = model.Objective(settings.Trainable, cancellation); // a frozen body reads all rows here: settings and plan are checked

        // Where it stands.
        var state = descent.State(TrainingState.DigestOfConstants(model.Module, [.. parameters.Select(entry => entry.Name)], data.Digest.Span, text));
        if (!settings.Resume)
            folder.Begin(text);
        using var alone = plan is null ? folder.Keep(text) : null;
        var checkpoint = settings.Resume ? folder.ReadCheckpoint() : null;
        using var session = plan is null ? null
            : settings.Resume ? PrivateSession.Resume(folder, checkpoint, plan, settings.Seed, keys)
            : BeginPrivate(folder, plan, descent.KeepsReleases ? RunSettings.Replayable(named) : null);
        var stepsBefore = settings.Resume ? descent.Resume(folder, checkpoint, state, session?.History, cancellation) : 0;
        if (model.MaxTokens < settings.MaxTokens)
            notice(FormattableString.Invariant($"texts are cut to {model.MaxTokens} tokens, not {settings.MaxTokens}: the model takes no more"));
        if (session is { RepeatsAreFree: false } && descent.RepeatsSteps)
            notice("the run key is ahead of the checkpoint: steps made after it are charged again, and the run ends as many steps early");

        try
        {
            return TrainAndSave();
        }
        catch (OperationCanceledException e)
        {
            throw new RunInterruptedException($"interrupted: {howToGoOn}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{e.Message}: mend that, then {howToGoOn}", e);
        }

        FinetuneResult TrainAndSave()
        {
            // Train.
            var samplingRate = settings.Sampling.RateFor(data.Units.Count);
            var expectedBatch = samplingRate * data.Units.Count;
            var spent = plan is null ? null : new SpentEpsilon(plan);
            var (steps, started) = (0, clock.Elapsed);
            using (var step = descent.Step(objective, new UnitsOfPrivacy(data), state, plan, session, diagnostics, cancellation))
            {
                var training = new TrainingLoop(step, settings.Steps, CheckpointEvery, SaveCheckpoint);
                steps = training.Run(stepsBefore, expectedBatch, step => spent?.After(Math.Max(step, session!.History.Spent(0))) ?? double.PositiveInfinity, progress, cancellation);
            }
            var examplesPerSecond = expectedBatch * (steps - stepsBefore) / (clock.Elapsed - started).TotalSeconds;
            if (steps < settings.Steps)
                notice(FormattableString.Invariant($"the privacy budget allowed {steps} of {settings.Steps} steps: the others were spent on steps that were made anew"));

            // Save and say what it is worth.
            trained.Finish();
            var metrics = model.Evaluate(evaluation, cancellation);
            var record = Record(named, plan, data, steps, session?.History, metrics, examplesPerSecond, clock.Elapsed);
            folder.Publish(result =>
            {
                trained.Save(result);
                record = record with { Privacy = record.Privacy?.About(result) };
                var card = Path.Combine(folder.Path, ModelCard.FileName);
                RegularFile.Require(card);
                if (File.Exists(card))
                    File.Copy(card, Path.Combine(result, ModelCard.FileName));
                record.Write(result);
            });
            session?.EraseKey();
            folder.DeleteCheckpoint();
            return new FinetuneResult(plan, record, samplingRate, trainedNumbers);
        }

        void SaveCheckpoint(int step)
        {
            var tensors = descent.Checkpointed(state);
            if (session is null)
                new Checkpoint(step, 0, null).Write(folder.Inner, tensors);
            else
                session.Checkpoint(folder, tensors, step);
        }
    }

    /// <summary>The plan of private settings for n units: what the noise is, and what it proves.</summary>
    /// <exception cref="BadInputException">The target cannot be met, or the given law does not meet it.</exception>
    public static PrivacyPlan Plan(FinetuneSettings settings, int units) => RunPlan.Of(settings, units);

    /// <summary>A tenth of the run, so that little is lost and little time spent.</summary>
    private int CheckpointEvery => Math.Max(1, settings.Steps / 10);

    /// <summary>A run that cannot get its ledger or its key leaves nothing behind.</summary>
    private PrivateSession BeginPrivate(RunFolder folder, PrivacyPlan plan, IReadOnlyDictionary<string, string>? replayable)
    {
        try
        {
            return PrivateSession.Begin(folder, plan, settings.Seed, keys, replayable);
        }
        catch
        {
            folder.Abandon();
            throw;
        }
    }

    private RunRecord Record(IReadOnlyDictionary<string, string> named, PrivacyPlan? plan, Dataset data, int steps, LedgerHistory? ledger,
        IReadOnlyDictionary<string, double> metrics, double examplesPerSecond, TimeSpan elapsed)
    {
        var unitColumn = settings.Files.UnitColumn;
        var (clipping, contribution) = (settings.Method, settings.Clipping) switch
        {
            (TrainingMethod.ZerothOrder, _) when plan?.Release is VectorRelease => ("derivatives along public directions, clipped together to L2 norm C and cut to integers whose norm is checked", "the mean of its rows' clipped derivatives"),
            (TrainingMethod.ZerothOrder, _) => ("derivatives along public directions, rounded by coins to the noise's lattice and clipped to [-C, C] as integers", "the mean of its rows' clipped derivatives"),
            (_, ClippingKind.Automatic) => ("automatic: every gradient scaled by C / (norm + 0.01)", "the mean of its rows' clipped gradients"),
            _ => ("flat: longer gradients scaled to C", "the mean of its rows' clipped gradients"),
        };
        var context = new DpStatementContext(
            unitColumn,
            settings.Sampling.ExpectedBatch is not null,
            unitColumn is null ? clipping : $"{clipping}; a unit contributes {contribution}",
            DataTouches.Of(unitColumn is null, metrics.Count > 0, settings.UnsafeDiagnostics, settings.MaxExamples is not null),
            settings.UnsafeDiagnostics);
        return new RunRecord
        {
            Run = ledger?.Header.Run,
            Task = settings.Files.Name,
            Model = settings.Model is null ? $"{settings.Files.EmbeddedModelName} (embedded)" : RunSettings.FileName(settings.Model),
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
