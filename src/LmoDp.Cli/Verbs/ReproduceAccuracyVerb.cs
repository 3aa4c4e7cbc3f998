using System.CommandLine;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Plots;
using LmoDp.Cli.Study;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Published;
using LmoDp.Privacy.Search;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp reproduce accuracy</c>: what strong privacy costs: a grid of fine-tuning runs, every noise at one proven guarantee.</summary>
internal sealed class ReproduceAccuracyVerb : Verb
{
    /// <summary>The noise of the published parameter set whose file claims the epsilon.</summary>
    private const string Published = "published";

    /// <summary>The Gaussian noise that the LMO-DP paper's comparison sets beside it.</summary>
    private const string Classical = "classical";

    private readonly TrainingOptions training = new(new TrainingDefaults(Batch: 512, Steps: 50, HasTarget: false));
    private readonly Option<string?> epsilons = TypedOption.Text("--epsilon", "Epsilons, separated by commas", "a,b,...");
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The delta of all of them [default: 1e-10]", NumberRange.OpenUnit);

    private readonly Option<string?> noises = TypedOption.Text("--noise",
        $"Noises, separated by semicolons: families as for finetune; along gradients also laws or files, which are scaled to the guarantee, {Published}: the published LMO parameters that claim the epsilon, as they are, at the epsilon that they really cost, and {Classical}: likewise the Gaussian noise that the paper compares with, sqrt(2 log(1.25/delta)) / epsilon [default: gaussian; zeroth-order free]",
        "a;b;...");

    private readonly Option<ExponentialReading?> exponential = NoiseOptions.Exponential("rate; published: scale");
    private readonly Option<long?> seeds = TypedOption.Whole("--seeds", "Runs of each kind, with the seeds 1, 2, ... [default: 1]", 1, most: 1000);
    private readonly Option<string?> output = TypedOption.Text("--output", "Folder of the study, made if it is not there; every call adds its runs, and makes none twice", "folder").Needed();

    public ReproduceAccuracyVerb() : base("accuracy", "Fine-tunes over a grid of guarantees, noises and seeds, and compares accuracies: a table and a plot. The same command goes on after an interruption. Runs are seeded: for comparison, not for use.",
        "lmodp reproduce accuracy --task sst2 --data data/sst2 --epsilon 0.3,3 --noise gaussian --seeds 3 --batch-size 16837 --steps 60 --output study",
        "lmodp reproduce accuracy --task sst2 --data data/sst2 --epsilon 0.3,3 --noise \"published;classical;lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=0.2,a4=0.1,a=1,b=2\" --batch-size 16837 --steps 60 --output study",
        "lmodp reproduce accuracy --task sst2 --data data/sst2 --method non-private --batch-size 128 --steps 1000 --output study")
    {
        foreach (var option in new Option[] { epsilons, delta, noises, exponential, seeds, output })
            Options.Add(option);
        training.AddTo(this);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var settings = training.Read(input, output: "");
        if (settings.Files is not ClassificationFiles files || files is { Folder: null, EvaluationFile: null })
            throw new BadInputException("accuracy is that of a classifier on labelled rows: choose a --task with labels, and for your own rows give --evaluation too");
        var cells = Cells(input, settings);
        var train = files.ReadTrain();
        var (subject, units) = (StudySubject.Of(files, train, settings.Model), train.First(settings.MaxExamples ?? int.MaxValue).Units.Count);
        var folder = OutputFolder.Made("--output", input.GetRequiredValue(output))!;
        var study = AccuracyStudy.Of(folder, subject);
        using var alone = FolderLock.Take(folder);
        foreach (var kind in cells.Where(cell => cell.Settings.Target is not null && !study.Has(cell)).DistinctBy(cell => cell.Settings.Target))
        {
            cancellation.ThrowIfCancellationRequested();
            FinetuneRun.Plan(kind.Settings, units); // what cannot be is refused before the first run, not hours into the study
        }
        try
        {
            for (var i = 0; i < cells.Count; i++)
            {
                terminal.Error.Writer.WriteLine($"{i + 1} of {cells.Count}: {cells[i].Title}{(study.Has(cells[i]) ? ", there already" : "")}");
                study.Add(cells[i], cell => Train(cell, terminal, cancellation));
            }
        }
        catch
        {
            WriteWhatThereIs(folder, study);
            throw;
        }
        return Written(folder, study.Results());
    }

    private static void Train(FinetuneSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        using var progress = new TrainingProgress(terminal.Error);
        new FinetuneRun(settings, RunKeyStore.ForUser, progress, notice: terminal.Error.Writer.WriteLine, howToGoOn: "the same command goes on where it stood").Execute(cancellation);
    }

    private static void WriteWhatThereIs(string folder, AccuracyStudy study)
    {
        try
        {
            Written(folder, study.Results());
        }
        catch (Exception)
        {
            // What went wrong first is what the user is told.
        }
    }

    private static ReproduceAccuracyResult Written(string folder, IReadOnlyList<AccuracyResult> results)
    {
        var groups = AccuracyGroup.Of(results);
        var deltas = groups.Select(group => group.Delta).OfType<double>().Distinct().Order().ToArray();
        string[] files = [.. new[] { "runs.csv", "accuracy.md" }.Concat(deltas.Length > 0 ? ["accuracy.png", "accuracy.svg"] : []).Select(file => Path.Combine(folder, file))];
        AtomicFile.WriteText(files[0], AccuracyTable.Runs(results).ToCsv());
        AtomicFile.WriteText(files[1], $"{AccuracyTable.Groups(groups).ToMarkdown()}\n{AccuracyTable.Caution}\n");
        foreach (var picture in files[2..])
            PlotFile.Write(picture, AccuracyAgainstEpsilonPlot.Height, [.. deltas.Select(at => AccuracyAgainstEpsilonPlot.Of(groups, at))]);
        return new ReproduceAccuracyResult(groups, files);
    }

    private IReadOnlyList<AccuracyCell> Cells(ParseResult input, FinetuneSettings settings)
    {
        IEnumerable<AccuracyCell> kinds = settings.Method == TrainingMethod.NonPrivate ? [Open(input, settings)] : Private(input, settings);
        var last = (int)(input.GetValue(seeds) ?? 1);
        return [.. from kind in kinds from seed in Enumerable.Range(1, last) select kind with { Settings = kind.Settings with { Seed = seed } }];
    }

    private AccuracyCell Open(ParseResult input, FinetuneSettings settings)
        => new Option[] { epsilons, delta, noises, exponential }.FirstOrDefault(option => input.GetResult(option) is not null) is { } given
            ? throw new BadInputException($"{given.Name} needs a private --method: leave it out, or change that")
            : new AccuracyCell(null, null, settings);

    private IEnumerable<AccuracyCell> Private(ParseResult input, FinetuneSettings settings)
    {
        var asked = input.GetValue(epsilons) ?? throw new BadInputException("--epsilon is missing: give one or several, such as --epsilon 0.3,3, or --method non-private");
        var zerothOrder = settings.Method == TrainingMethod.ZerothOrder;
        var at = input.GetValue(delta) ?? NoiseOptions.UsualDelta;
        string[] kinds = (input.GetValue(noises) ?? (zerothOrder ? "free" : "gaussian")).Split(';', StringSplitOptions.TrimEntries);
        if (input.GetResult(exponential) is not null && (zerothOrder || kinds.All(kind => kind == Classical || NoiseSearchFamilies.TryParse(kind) is not null)))
            throw new BadInputException("--exponential says how files and published parameters are read, and there are none: leave it out");
        var (ofLaws, ofPublished) = (input.GetValue(exponential) ?? ExponentialReading.Rate, input.GetValue(exponential) ?? ExponentialReading.Scale);
        return from text in asked.Split(',')
               let epsilon = Numbers.Real("--epsilon", text.Trim(), NumberRange.Positive)
               from noise in kinds
               let target = zerothOrder ? new PrivacyTarget(epsilon, at, Family(noise))
                   : noise == Published ? new PrivacyTarget(epsilon, at, PublishedLaw(epsilon, ofPublished), Use: LawUse.Priced)
                   : noise == Classical ? new PrivacyTarget(epsilon, at, new GaussianLaw(MomentFormula.ClassicalGaussianMultiplier(epsilon, at)).ToString(), Use: LawUse.Priced)
                   : new PrivacyTarget(epsilon, at, Shape(noise, ofLaws), Use: LawUse.Scaled)
               select new AccuracyCell(Named(noise, target, ofPublished), epsilon, settings with { Target = target });
    }

    /// <summary>A family that zeroth-order searches. A law would have to be scaled and put on a lattice, which a search of its family does better.</summary>
    private static string Family(string noise) => NoiseSearchFamilies.TryParse(noise) is not null
        ? noise
        : throw new BadInputException($"--noise: '{noise}' is not a family that --method zeroth-order searches: give free, lmo, laplace, generalised-gaussian or gaussian");

    /// <summary>A name that is another's only where the noise is the same: files go by the law in them.</summary>
    private static string Named(string noise, PrivacyTarget target, ExponentialReading reading)
        => noise == Published && reading == ExponentialReading.Rate ? $"{Published}, as the paper's formula reads" : File.Exists(noise) ? target.Noise : noise;

    /// <summary>A family's name, or a law with all its numbers, whatever file it stands in.</summary>
    private static string Shape(string noise, ExponentialReading reading) => NoiseChoice.Parse(noise, reading) is { IsFamily: false, Law: var law } ? law.ToString() : noise;

    /// <summary>The set of the paper's experiments that claims an epsilon; where the two code bases differ, the first.</summary>
    private static string PublishedLaw(double epsilon, ExponentialReading reading)
    {
        var sets = PublishedParameters.All.Where(set => set.Files.Any(file => file.Path.StartsWith("fig6/", StringComparison.Ordinal))).ToArray();
        return sets.FirstOrDefault(set => set.ClaimedEpsilons.Contains(epsilon))?.Law(reading).ToString()
            ?? throw new BadInputException(FormattableString.Invariant($"--noise {Published}: no published parameters claim epsilon {epsilon:R}; there are {string.Join(", ", sets.SelectMany(set => set.ClaimedEpsilons).Distinct().Order().Select(claim => FormattableString.Invariant($"{claim:R}")))}"));
    }
}

/// <summary>The whole study so far.</summary>
/// <param name="Groups">Runs that differ in their seeds only, together.</param>
/// <param name="Files">What was written.</param>
internal sealed record ReproduceAccuracyResult(IReadOnlyList<AccuracyGroup> Groups, IReadOnlyList<string> Files) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Table(AccuracyTable.Columns, Groups.Select(AccuracyTable.Row));
        console.Note(AccuracyTable.Caution);
        foreach (var file in Files)
            console.Note(file);
    }
}
