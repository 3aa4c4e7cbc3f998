using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Objectives;
using LmoDp.Training.Runs;
using static TorchSharp.torch;

namespace LmoDp.Training.Auditing;

/// <summary>What the adversary of an audit inserts and sees.</summary>
public enum CanaryKind
{
    /// <summary>White box: gradients of one coordinate each; he sees every released gradient.</summary>
    Gradient,

    /// <summary>Black box: random texts with random labels; he sees their losses under the finished model.</summary>
    Text,
}

/// <summary>What an audit of training found.</summary>
/// <param name="Plan">What the run was said to do.</param>
/// <param name="Canaries">m.</param>
/// <param name="Guesses">r, fixed before the run.</param>
/// <param name="Correct">How many guesses were right.</param>
/// <param name="Confidence">The bound is right with at least this probability.</param>
/// <param name="EpsilonLower">What epsilon must be at least, at the plan's delta.</param>
/// <param name="ProfileHolds">Whether the whole guarantee, at all epsilons, makes so many right guesses no rarer than 1 - confidence.</param>
public sealed record TrainingAuditResult(PrivacyPlan Plan, int Canaries, int Guesses, int Correct, double Confidence, double EpsilonLower, bool ProfileHolds)
{
    /// <summary>Judges an adversary's scores.</summary>
    /// <param name="plan">What the run was said to do.</param>
    /// <param name="profile">What that guarantees at all epsilons.</param>
    /// <param name="guesses">How many guesses are made, fixed before the run.</param>
    /// <param name="scores">One a canary.</param>
    /// <param name="coins">Which canaries were included.</param>
    /// <param name="confidence">In (0, 1).</param>
    public static TrainingAuditResult Of(PrivacyPlan plan, PrivacyProfile profile, CanaryGuesses guesses, IReadOnlyList<double> scores, IReadOnlyList<bool> coins, double confidence)
    {
        var correct = guesses.Correct(scores, coins);
        var holds = OneRunProfileAudit.Allows(profile, coins.Count, guesses.Count, correct, 1 - confidence);
        return new(plan, coins.Count, guesses.Count, correct, confidence, OneRunAudit.EpsilonLower(coins.Count, guesses.Count, correct, plan.Delta, confidence), holds);
    }

    /// <summary>Whether the guarantee cannot be what it is said to be.</summary>
    public bool Refuted => !ProfileHolds || EpsilonLower > Plan.Epsilon.Upper;
}

/// <summary>
/// Attacks a training run from inside: a fair coin decides for each of m canaries whether it is among the training rows, the run is made as <c>finetune</c> makes it, and an adversary guesses coins from what
/// was released. A canary that is left out keeps its place among the units of privacy and has no row there, so that sampling rate and divisor, which count as public, say nothing about the coins.
/// </summary>
public sealed class TrainingAudit
{
    private const string PublicSeed = "audit";

    private readonly FinetuneSettings settings;
    private readonly CanaryKind kind;
    private readonly int canaries;
    private readonly double confidence;
    private readonly IProgress<TrainingStatus> progress;

    /// <param name="settings">A private run; its output folder is made, used for the ledger and deleted. A seed decides the coins too.</param>
    /// <param name="kind">What the adversary inserts and sees.</param>
    /// <param name="canaries">m, at least 1.</param>
    /// <param name="confidence">In (0, 1).</param>
    /// <param name="progress">Told of the steps.</param>
    /// <exception cref="BadInputException">The audit does not apply to the method.</exception>
    public TrainingAudit(FinetuneSettings settings, CanaryKind kind, int canaries, double confidence, IProgress<TrainingStatus> progress)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(canaries, 1);
        if (settings.Target is null)
            throw new BadInputException("a run without privacy has no guarantee to audit: choose a private --method");
        if (kind == CanaryKind.Gradient && settings.Method == TrainingMethod.ZerothOrder)
            throw new BadInputException("zeroth-order training releases no gradients: give --canary text, or another --method");
        (this.settings, this.kind, this.canaries, this.confidence, this.progress) = (settings, kind, canaries, confidence, progress);
    }

    /// <summary>Makes the run and the guesses.</summary>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <exception cref="BadInputException">Settings or data are not right.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public TrainingAuditResult Execute(CancellationToken cancellation)
    {
        using var trained = TrainedModel.Of(settings);
        using var random = settings.Seed is { } seed ? AesCtrRandomSource.FromSeed(seed, "audit coins") : AesCtrRandomSource.FromOperatingSystem();
        var coins = CanaryGuesses.Flip(random, canaries);
        var data = trained.Model.Read(settings.MaxExamples);
        var plan = FinetuneRun.Plan(settings, data.Units.Count + canaries);
        using var places = AesCtrRandomSource.FromSeed(2, PublicSeed);
        var chosen = kind == CanaryKind.Gradient ? GradientCanary.Choose(ProbedParameter.Of(trained.Model.Module, trained.Parameters), canaries, places) : [];
        using var rehearsals = AesCtrRandomSource.FromSeed(1, PublicSeed);
        var guesses = CanaryGuesses.For(new Composition(plan.Step), canaries, plan.Delta, confidence, rehearsals, cancellation);
        var profile = PrivacyProfile.Of(new Composition(plan.Step), plan.Accountant); // its faults before the long work
        var scores = kind == CanaryKind.Gradient
            ? WhiteBoxScores(trained, chosen, data, plan, coins, cancellation)
            : BlackBoxScores(trained, data, plan, coins, cancellation);
        return TrainingAuditResult.Of(plan, profile, guesses, scores, coins, confidence);
    }

    /// <summary>Ordinary units, and after them one for each canary: its row, or none if it was left out.</summary>
    internal static UnitsOfPrivacy Units(IReadOnlyList<IReadOnlyList<int>> ordinary, int rows, IReadOnlyList<bool> coins)
        => new([.. ordinary, .. coins.Select((coin, canary) => (IReadOnlyList<int>)(coin ? [rows + canary] : []))], rows + coins.Count);

    private IReadOnlyList<double> WhiteBoxScores(TrainedModel trained, IReadOnlyList<GradientCanary> chosen, Dataset data, PrivacyPlan plan, bool[] coins, CancellationToken cancellation)
    {
        using var draws = AesCtrRandomSource.FromSeed(3, PublicSeed);
        var rows = trained.Model.Objective(settings.Trainable, cancellation);
        using var objective = new CanaryObjective(rows, chosen, 100 * plan.ClippingNorm);
        using var others = new ExpectedSum(rows, new UnitsOfPrivacy(data), trained.Parameters, RunPlan.Rule(settings), plan.SamplingRate, TaskModel.TokenBudget, draws);
        WatchedGradient? watched = null;
        using var descent = Descent.Of(settings, trained.Parameters, source => watched = new WatchedGradient(source, plan, chosen, others.At));
        Train(descent, trained, objective, data, plan, coins, cancellation);
        return watched!.Scores;
    }

    private IReadOnlyList<double> BlackBoxScores(TrainedModel trained, Dataset data, PrivacyPlan plan, bool[] coins, CancellationToken cancellation)
    {
        using var words = AesCtrRandomSource.FromSeed(4, PublicSeed);
        var all = trained.Model.AppendCanaries(canaries, words);
        using var objective = trained.Model.Objective(settings.Trainable, cancellation);
        using var descent = Descent.Of(settings, trained.Parameters);
        var before = Losses(objective, data.Count);
        Train(descent, trained, objective, data, plan, coins, cancellation, all);
        return [.. before.Zip(Losses(objective, data.Count), (first, last) => first - last)];
    }

    /// <summary>The run, as <see cref="FinetuneRun"/> makes it; nothing of it is kept.</summary>
    private void Train(Descent descent, TrainedModel trained, Objective objective, Dataset data, PrivacyPlan plan, bool[] coins, CancellationToken cancellation, Dataset? withCanaries = null)
    {
        var named = RunSettings.Of(settings, plan, trained.Model);
        var text = RunSettings.Text(named);
        using var hash = new CanonicalHash("audited data");
        hash.Add("rows", (withCanaries ?? data).Digest.Span).Add("coins", Array.ConvertAll(coins, coin => coin ? (byte)1 : (byte)0));
        var state = descent.State(TrainingState.DigestOfConstants(trained.Model.Module, [.. trained.Parameters.Select(entry => entry.Name)], hash.Finish(), text));
        var folder = RunFolder.ForNewRun(settings.Output);
        try
        {
            folder.Begin(text);
            using var session = PrivateSession.Begin(folder, plan, settings.Seed, new RunKeyStore(Path.Combine(settings.Output, "keys")), descent.KeepsReleases ? RunSettings.Replayable(named) : null);
            using var step = descent.Step(objective, Units(data.Units, data.Count, coins), state, plan, session, null, cancellation);
            var spent = new SpentEpsilon(plan);
            new TrainingLoop(step, settings.Steps, settings.Steps, _ => { }).Run(0, plan.ExpectedBatchSize, steps => spent.After(steps), progress, cancellation);
        }
        finally
        {
            if (Directory.Exists(settings.Output))
                Directory.Delete(settings.Output, recursive: true);
        }
    }

    /// <summary>The losses of the canaries, whose rows begin where the others end.</summary>
    private double[] Losses(Objective objective, int rows)
    {
        using var noGrad = no_grad();
        var losses = new double[canaries];
        foreach (var batch in MicroBatches.Divide(Enumerable.Range(rows, canaries), objective.Length, TaskModel.TokenBudget))
        {
            using var scope = NewDisposeScope();
            var found = objective.Losses(batch).ToDoubles();
            for (var i = 0; i < batch.Length; i++)
                losses[batch[i] - rows] = double.IsFinite(found[i]) ? found[i] : 0;
        }
        return losses;
    }
}
