namespace LmoDp.Training.Data;

/// <summary>A generation task: how pairs of source and target are read from its files, and which pairs are references of one input.</summary>
public sealed class GenerationTask
{
    private readonly Func<string, GenerationDataset> read;
    private readonly string[] train;
    private readonly (string[] Names, string MetricSuffix, bool Required)[] evaluation;

    private GenerationTask(string name, Func<string, GenerationDataset> read, string[] train, params (string[] Names, string MetricSuffix, bool Required)[] evaluation)
    {
        (Name, this.read, this.train, this.evaluation) = (name, read, train, evaluation);
    }

    /// <summary>E2E NLG (Novikova et al. 2017): a restaurant's attributes to a sentence. Under its official file names, or as train, dev and test.</summary>
    public static GenerationTask E2e { get; } = new("e2e", E2eFile.Read, ["train.csv", "trainset.csv"],
        (["dev.csv", "devset.csv"], "", true), (["test.csv", "testset_w_refs.csv"], "Test", false));

    /// <summary>DART 1.1.1 (Nan et al. 2021): triples to text. Without the official training file, its WebNLG part is taken.</summary>
    public static GenerationTask Dart { get; } = new("dart", DartFile.Read, ["dart-v1.1.1-full-train.json", "dart-webnlg-train.json"],
        (["dart-v1.1.1-full-dev.json"], "", true), (["dart-v1.1.1-full-test.json"], "Test", false));

    /// <summary>The task's name on the command line.</summary>
    public string Name { get; }

    /// <summary>The built-in task of a name: e2e or dart.</summary>
    /// <exception cref="BadInputException">There is no such task.</exception>
    public static GenerationTask Named(string name) => name switch
    {
        "e2e" => E2e,
        "dart" => Dart,
        _ => throw new BadInputException($"unknown task '{ColumnNames.Clean(name)}': the generation tasks are e2e, dart, and text-to-text for your own files"),
    };

    /// <summary>A task on the user's own .csv, .tsv or .jsonl files. Neighbouring rows with one source are references of one input. White space at the ends of a text is dropped.</summary>
    /// <param name="sourceColumn">Column with the text that is given.</param>
    /// <param name="targetColumn">Column with the text that is to be written.</param>
    /// <param name="unitColumn">Column that says whose row it is, or null.</param>
    /// <exception cref="BadInputException">One column in two roles.</exception>
    public static GenerationTask Custom(string sourceColumn, string targetColumn, string? unitColumn)
    {
        string[] columns = [sourceColumn, targetColumn, .. unitColumn is null ? [] : new[] { unitColumn }];
        if (columns.Distinct(StringComparer.Ordinal).Count() != columns.Length)
            throw new BadInputException("source, target and unit must be different columns");
        return new GenerationTask("text-to-text", path =>
        {
            var file = TabularFile.Open(path);
            return new GenerationDataset(file.Name, Neighbours(file.ReadFilled(columns).Select(row => (row.Fields[0], new SourceTarget(row.Fields[0], row.Fields[1], row.Fields.ElementAtOrDefault(2))))));
        }, []);
    }

    /// <summary>The training pairs of a built-in task.</summary>
    /// <param name="folder">The task's data folder.</param>
    /// <exception cref="BadInputException">The file is not there or cannot be read.</exception>
    public GenerationDataset ReadTrain(string folder) => Read(Find(folder, train) ?? throw Missing(folder, train));

    /// <summary>The sets of a built-in task to evaluate on, each with what is appended to its metrics' names; files that are not required are left out where they are absent.</summary>
    /// <param name="folder">The task's data folder.</param>
    /// <exception cref="BadInputException">A file is not there or cannot be read.</exception>
    public IReadOnlyList<(string MetricSuffix, GenerationDataset Data)> ReadEvaluation(string folder) => [.. evaluation
        .Select(file => (file.MetricSuffix, Path: Find(folder, file.Names) ?? (file.Required ? throw Missing(folder, file.Names) : null)))
        .Where(file => file.Path is not null).Select(file => (file.MetricSuffix, Read(file.Path!)))];

    /// <summary>All pairs of a file.</summary>
    /// <exception cref="BadInputException">The file cannot be read, or a text or a unit is empty where it may not be.</exception>
    public GenerationDataset Read(string path) => read(path);

    /// <summary>Puts neighbouring pairs with one key together.</summary>
    internal static IEnumerable<IReadOnlyList<SourceTarget>> Neighbours(IEnumerable<(string Key, SourceTarget Pair)> pairs)
    {
        var (current, group) = ("", new List<SourceTarget>());
        foreach (var (key, pair) in pairs)
        {
            if (group.Count > 0 && key != current)
            {
                yield return group;
                group = [];
            }
            current = key;
            group.Add(pair);
        }
        if (group.Count > 0)
            yield return group;
    }

    private static string? Find(string folder, string[] names) => names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static BadInputException Missing(string folder, string[] names) => new($"{folder}: there is no file {ColumnNames.List(names).Replace(", ", " or ", StringComparison.Ordinal)}");
}
