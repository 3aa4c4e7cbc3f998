using LmoDp.Cli.Output;
using static LmoDp.Cli.Output.TextTable;

namespace LmoDp.Cli.Study;

/// <summary>Accuracies over several seeds.</summary>
internal sealed record Spread(double Least, double Mean, double Most);

/// <summary>Runs that differ in nothing but their seeds.</summary>
/// <param name="Runs">At least one; one a seed.</param>
/// <param name="Others">Settings that no other column shows and that tell the group from others of the study.</param>
internal sealed record AccuracyGroup(IReadOnlyList<AccuracyResult> Runs, string Others)
{
    /// <summary>Settings that have columns of their own, or follow from those, or from the seed.</summary>
    private static readonly HashSet<string> Shown =
        ["method", "trainable", "noise", "epsilon", "delta", "sensitivity", "steps", "batchSize", "samplingRate", "expectedBatch", "learningRate", "prompt", "seed", "directionSeed", "startingWeights"];

    private AccuracyResult First => Runs[0];

    /// <summary>The epsilon asked for, or claimed for published noise; null without privacy.</summary>
    public double? Claimed => First.Claimed;

    /// <summary>Proven upper bound on the epsilon of what was done, in each of the runs; null without privacy.</summary>
    public double? Epsilon => Runs.Max(run => run.Record.Privacy?.Epsilon);

    /// <summary>Its delta.</summary>
    public double? Delta => First.Record.Privacy?.Delta;

    /// <summary>Standard deviation of the noise that was added, in clipping norms.</summary>
    public double? Noise => First.NoiseInNorms;

    /// <summary>Accuracy over the seeds.</summary>
    public Spread Accuracy => new(Runs.Min(run => run.Accuracy), Runs.Average(run => run.Accuracy), Runs.Max(run => run.Accuracy));

    /// <summary>Whether <see cref="Accuracy"/> is of a test set.</summary>
    public bool HasTest => Runs.All(run => run.Test is not null);

    /// <summary>Mean accuracy on the development set.</summary>
    public double Dev => Runs.Average(run => run.Dev);

    /// <summary>Means of what else was measured.</summary>
    public IEnumerable<(string Name, double Mean)> Further => Runs.SelectMany(run => run.Further).GroupBy(metric => metric.Key).Select(metric => (metric.Key, metric.Average(run => run.Value)));

    /// <summary>What is compared: task, method, trained parameters and noise.</summary>
    public string Mechanism => $"{First.Record.Task} {First.Setting("method")} {First.Setting("trainable")}{(First.Setting("prompt").Length > 0 ? " prompted" : "")}{(First.Noise is { } noise ? " " + noise : "")}";

    /// <summary>The schedule.</summary>
    public string Schedule => $"{First.Record.Steps} x {(First.Setting("batchSize") is { Length: > 0 } batch ? batch : First.Setting("samplingRate"))}, rate {First.Setting("learningRate")}{(Others.Length > 0 ? ", " + Others : "")}";

    /// <summary>Groups the runs, in the order of mechanism and epsilon.</summary>
    public static IReadOnlyList<AccuracyGroup> Of(IReadOnlyList<AccuracyResult> results)
    {
        string[] varied = [.. results.SelectMany(run => run.Record.Settings.Keys).Distinct().Where(name => !Shown.Contains(name) && results.Select(run => run.Setting(name)).Distinct().Count() > 1).Order(StringComparer.Ordinal)];
        return
        [
            .. results.GroupBy(Key).Select(group => new AccuracyGroup([.. group.DistinctBy(run => run.Setting("seed"))], OthersOf(group.First()))).OrderBy(group => group.Mechanism, StringComparer.Ordinal)
                .ThenBy(group => group.Claimed).ThenBy(group => group.Delta).ThenBy(group => group.Schedule, StringComparer.Ordinal),
        ];

        string OthersOf(AccuracyResult run) => string.Join(", ", varied.Where(name => run.Setting(name).Length > 0).Select(name => $"{name} {run.Setting(name)}"));
    }

    private static string Key(AccuracyResult result) => string.Join('\n',
        result.Record.Settings.Where(setting => setting.Key is not ("seed" or "directionSeed" or "startingWeights")).OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"{setting.Key}={setting.Value}")
            .Prepend(FormattableString.Invariant($"{result.Record.Task} {result.Noise} {result.Claimed:R} {result.Record.Steps}")));
}

/// <summary>The tables of a study.</summary>
internal static class AccuracyTable
{
    /// <summary>One row a run, all digits.</summary>
    public static TextTable Runs(IReadOnlyList<AccuracyResult> results)
    {
        string[] further = [.. results.SelectMany(run => run.Further).Select(metric => metric.Key).Distinct().Order(StringComparer.Ordinal)];
        return new TextTable(
            [
                "task", "model", "method", "trainable", "noise", "claimedEpsilon", "epsilon", "epsilonLower", "delta", "noiseStd", "steps", "batchSize", "samplingRate", "learningRate", "clippingNorm", "seed",
                "accuracyDev", "accuracyTest", .. further, "seconds",
            ],
            [
                .. results.Select(run => (string[])
                [
                    run.Record.Task, run.Record.Model, run.Setting("method"), run.Setting("trainable"), run.Noise ?? "", Cell(run.Claimed), Cell(run.Record.Privacy?.Epsilon), Cell(run.Record.Privacy?.EpsilonLower),
                    Cell(run.Record.Privacy?.Delta), Cell(run.NoiseInNorms), FormattableString.Invariant($"{run.Record.Steps}"), run.Setting("batchSize"), run.Setting("samplingRate"),
                    run.Setting("learningRate"), run.Setting("clippingNorm"), run.Setting("seed"), Cell(run.Dev), Cell(run.Test),
                    .. further.Select(name => run.Record.Metrics.TryGetValue(name, out var value) ? Cell(value) : ""), Cell(run.Record.Seconds),
                ]),
            ]);
    }

    /// <summary>One row for runs that differ in their seeds only, as people read it.</summary>
    public static TextTable Groups(IEnumerable<AccuracyGroup> groups) => new(
        Columns, [.. groups.Select(Row)]);

    /// <summary>The header of <see cref="Row"/>.</summary>
    public static string[] Columns { get; } = ["run", "epsilon asked or claimed", "epsilon <=", "delta", "noise", "schedule", "dev", "test (else dev)", "spread", "further", "seeds"];

    /// <summary>What must be said beside every table.</summary>
    public const string Caution = "Runs are seeded, to be made again: the epsilons are those of the same runs with secret randomness. Spread: least and largest over the seeds.";

    /// <summary>The cells of a group's row.</summary>
    public static string[] Row(AccuracyGroup group)
    {
        var (least, mean, most) = group.Accuracy;
        return
        [
            group.Mechanism, group.Claimed is { } claimed ? Figures.Short(claimed) : "none", group.Epsilon is { } epsilon ? Figures.Upper(epsilon) : "none", group.Delta is { } delta ? Figures.Short(delta) : "",
            group.Noise is { } noise ? Figures.Short(noise) : "", group.Schedule, Figures.Percent(group.Dev), Figures.Percent(mean), group.Runs.Count > 1 ? $"{Figures.Percent(least)} - {Figures.Percent(most)}" : "",
            string.Join(", ", group.Further.Select(metric => $"{metric.Name} {Figures.Metric(metric.Name, metric.Mean)}")), FormattableString.Invariant($"{group.Runs.Count}"),
        ];
    }
}
