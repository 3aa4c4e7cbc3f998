namespace LmoDp.Training.Data;

/// <summary>A file that a task is evaluated on.</summary>
/// <param name="FileName">Its name inside the task's data folder.</param>
/// <param name="MetricSuffix">Appended to the metrics' names: <c>accuracy</c> becomes <c>accuracyMatched</c>.</param>
/// <param name="Required">Whether the task cannot be evaluated without it.</param>
public sealed record EvaluationFile(string FileName, string MetricSuffix, bool Required);

/// <summary>
/// A text classification task: which columns hold the texts and the label, and what the labels are. Labels are public and fixed before the data are read;
/// nothing about them is learned from private rows. White space at the ends of a text is dropped.
/// </summary>
public sealed class ClassificationTask
{
    private readonly string[] labelValues;
    private readonly string[] columns;
    private readonly bool passesOverBrokenRows;

    private ClassificationTask(string name, string textColumn, string? textPairColumn, string labelColumn, string[] labelValues, string[] labels,
        string? unitColumn, EvaluationFile[] evaluation, bool passesOverBrokenRows = false)
    {
        (Name, TextColumn, TextPairColumn, LabelColumn, UnitColumn) = (name, textColumn, textPairColumn, labelColumn, unitColumn);
        (Labels, this.labelValues, EvaluationFiles, this.passesOverBrokenRows) = (labels, labelValues, evaluation, passesOverBrokenRows);
        columns = [textColumn, .. textPairColumn is null ? [] : new[] { textPairColumn }, labelColumn, .. unitColumn is null ? [] : new[] { unitColumn }];
    }

    /// <summary>SST-2: sentiment of a phrase (GLUE). <c>test_labelled.tsv</c>, where there, is the test set with labels.</summary>
    public static ClassificationTask Sst2 { get; } = new("sst2", "sentence", null, "label", ["0", "1"], ["negative", "positive"], null,
        [new("dev.tsv", "", true), new("test_labelled.tsv", "Test", false)]);

    /// <summary>QNLI: does the sentence answer the question (GLUE).</summary>
    public static ClassificationTask Qnli { get; } = new("qnli", "question", "sentence", "label",
        ["entailment", "not_entailment"], ["entailment", "not_entailment"], null, [new("dev.tsv", "", true)]);

    /// <summary>QQP: do two questions ask the same (GLUE). Rows of GLUE's own file that lack a question (line breaks inside a question broke them) are passed over, as everyone does.</summary>
    public static ClassificationTask Qqp { get; } = new("qqp", "question1", "question2", "is_duplicate",
        ["0", "1"], ["not_duplicate", "duplicate"], null, [new("dev.tsv", "", true)], passesOverBrokenRows: true);

    /// <summary>MNLI: does the premise entail the hypothesis (GLUE), evaluated on genres of the training set (matched) and on others (mismatched).</summary>
    public static ClassificationTask Mnli { get; } = new("mnli", "sentence1", "sentence2", "gold_label",
        ["entailment", "neutral", "contradiction"], ["entailment", "neutral", "contradiction"], null,
        [new("dev_matched.tsv", "Matched", true), new("dev_mismatched.tsv", "Mismatched", true)]);

    /// <summary>The task's name on the command line.</summary>
    public string Name { get; }

    /// <summary>The column with the text.</summary>
    public string TextColumn { get; }

    /// <summary>The column with the second text; null for tasks on one text.</summary>
    public string? TextPairColumn { get; }

    /// <summary>The column with the label.</summary>
    public string LabelColumn { get; }

    /// <summary>The column that says whose row it is; null where each row is its own unit of privacy.</summary>
    public string? UnitColumn { get; }

    /// <summary>What the labels are called, in the order of the model's outputs.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The files, inside the data folder, that it is evaluated on; empty for the user's own files.</summary>
    public IReadOnlyList<EvaluationFile> EvaluationFiles { get; }

    /// <summary>The built-in task of a name: sst2, qnli, qqp or mnli.</summary>
    /// <exception cref="BadInputException">There is no such task.</exception>
    public static ClassificationTask Named(string name) => name switch
    {
        "sst2" => Sst2,
        "qnli" => Qnli,
        "qqp" => Qqp,
        "mnli" => Mnli,
        _ => throw new BadInputException($"unknown task '{ColumnNames.Clean(name)}': the classification tasks are sst2, qnli, qqp, mnli, and text-classification for your own files"),
    };

    /// <summary>A task on the user's own files.</summary>
    /// <param name="textColumn">Column with the text.</param>
    /// <param name="textPairColumn">Column with the second text, or null.</param>
    /// <param name="labelColumn">Column with the label.</param>
    /// <param name="labels">The label values in the order of the model's outputs; for two labels the second is the positive class of F1.</param>
    /// <param name="unitColumn">Column that says whose row it is, or null.</param>
    /// <exception cref="BadInputException">Fewer than two labels, an empty or repeated label, or one column in two roles.</exception>
    public static ClassificationTask Custom(string textColumn, string? textPairColumn, string labelColumn, IReadOnlyList<string> labels, string? unitColumn)
    {
        if (labels.Count < 2)
            throw new BadInputException("a classification task needs at least two labels: give them as --labels a,b");
        if (labels.Any(string.IsNullOrWhiteSpace))
            throw new BadInputException("one of the labels is empty: give them as --labels a,b");
        string[] trimmed = [.. labels.Select(label => label.Trim())];
        if (trimmed.Distinct(StringComparer.Ordinal).Count() != trimmed.Length)
            throw new BadInputException("a label is given twice");
        var task = new ClassificationTask("text-classification", textColumn, textPairColumn, labelColumn, trimmed, trimmed, unitColumn, []);
        if (task.columns.Distinct(StringComparer.Ordinal).Count() != task.columns.Length)
            throw new BadInputException("text, second text, label and unit must be different columns");
        return task;
    }

    /// <summary>The training rows of a built-in task.</summary>
    /// <param name="folder">The task's data folder.</param>
    public TextDataset ReadTrain(string folder) => Read(Path.Combine(folder, "train.tsv"));

    /// <summary>The sets of a built-in task to evaluate on; files that are not required are left out where they are absent.</summary>
    /// <param name="folder">The task's data folder.</param>
    public IReadOnlyList<(EvaluationFile File, TextDataset Data)> ReadEvaluation(string folder)
        => EvaluationFiles.Where(file => file.Required || File.Exists(Path.Combine(folder, file.FileName)))
            .Select(file => (file, Read(Path.Combine(folder, file.FileName)))).ToArray();

    /// <summary>All labelled rows of a .tsv, .csv or .jsonl file; in a built-in task whose public files have broken rows (QQP's), those are passed over.</summary>
    /// <exception cref="BadInputException">The file cannot be read, or a row has an empty text, an empty unit or a label outside the set.</exception>
    public TextDataset Read(string path)
    {
        var file = TabularFile.Open(path);
        var rows = file.Read(columns, passesOverBrokenRows).Where(row => !passesOverBrokenRows || !row.Fields.Take(2).Any(string.IsNullOrWhiteSpace));
        return new TextDataset(file.Name, [.. rows.Select(row => Example(file, row))]);
    }

    /// <summary>The texts of a file whose labels, if it has any, do not matter.</summary>
    /// <param name="path">A .tsv, .csv or .jsonl file.</param>
    /// <param name="textColumn">Column with the text.</param>
    /// <param name="textPairColumn">Column with the second text, or null.</param>
    /// <exception cref="BadInputException">The file cannot be read, a text is empty, or both columns are one.</exception>
    public static TextDataset ReadTexts(string path, string textColumn, string? textPairColumn)
    {
        if (textColumn == textPairColumn)
            throw new BadInputException("text and second text must be different columns");
        var file = TabularFile.Open(path);
        string[] wanted = [textColumn, .. textPairColumn is null ? [] : new[] { textPairColumn }];
        return new TextDataset(file.Name, [.. file.ReadFilled(wanted).Select(row => new TextExample(row.Fields[0], row.Fields.ElementAtOrDefault(1), TextExample.Unlabelled, null))]);
    }

    private TextExample Example(TabularFile file, TabularRow row)
    {
        var fields = file.Filled(row, columns).Fields;
        var texts = TextPairColumn is null ? 1 : 2;
        var label = Array.IndexOf(labelValues, fields[texts]);
        if (label < 0)
            throw file.Fault(row.Line, $"column '{LabelColumn}': label '{ColumnNames.Clean(fields[texts])}' is not one of {ColumnNames.List(labelValues)}");
        return new TextExample(fields[0], texts == 2 ? fields[1] : null, label, UnitColumn is null ? null : fields[^1]);
    }
}
