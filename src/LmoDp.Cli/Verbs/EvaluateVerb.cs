using System.CommandLine;
using System.Globalization;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Output;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using Spectre.Console;
using static TorchSharp.torch;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp evaluate</c>: how good a fine-tuned model is.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly FineTunedModelOptions model = new();
    private readonly EvaluationOptions files = new();
    private readonly DecodingOptions decoding = new();

    public EvaluateVerb() : base("evaluate", "Measures a fine-tuned model: a classifier on labelled rows, a writer on pairs of source and target.",
        "lmodp evaluate --model runs/sst2 --task sst2 --data data/sst2",
        "lmodp evaluate --model runs/notes --task text-classification --data test.csv --text-column note --label-column urgent",
        "lmodp evaluate --model runs/e2e --task e2e --data data/e2e --beams 5")
    {
        model.AddTo(this, verb =>
        {
            files.AddTo(verb);
            decoding.AddTo(verb);
        });
    }

    /// <remarks>Between two batches: a process that ends while native code computes crashes.</remarks>
    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        model.Check(input);
        return files.Writes(input) ? EvaluateWriter(input, terminal, cancellation) : EvaluateClassifier(input, cancellation);
    }

    private EvaluateResult EvaluateClassifier(ParseResult input, CancellationToken cancellation)
    {
        if (decoding.Given(input) is { } given)
            throw new BadInputException($"{given.Name} is for models that write: leave it out");
        var (classifier, maxTokens) = model.LoadClassifier(input);
        using var loaded = classifier;
        var labels = classifier.Model.Config.Labels;
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        var examples = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (suffix, data) in files.ReadLabelled(input, labels))
        {
            var predictions = Classification.Predictions(classifier.Model, classifier.Encode(data, maxTokens, cancellation), CPU, cancellation);
            foreach (var (name, value) in ClassificationMetrics.Compute(predictions, [.. data.Examples.Select(example => example.Label)], labels.Count, suffix))
                metrics.Add(name, value);
            examples.Add(data.Name, data.Examples.Count);
        }
        return new EvaluateResult(metrics, examples);
    }

    private EvaluateResult EvaluateWriter(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var (writer, maxTokens) = model.LoadWriter(input);
        using var loaded = writer;
        var writing = decoding.Read(input, writer, maxTokens);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        var examples = new Dictionary<string, int>(StringComparer.Ordinal);
        using var progress = new WritingProgress(terminal.Error);
        foreach (var (suffix, data) in files.ReadPairs(input))
        {
            foreach (var (name, value) in writing.Judge(data, suffix, progress, cancellation))
                metrics.Add(name, value);
            examples.Add(data.Name, data.ReferenceGroups.Count);
        }
        return new EvaluateResult(metrics, examples);
    }
}

/// <summary>Metrics by name, and how many examples of each file they are measured on.</summary>
internal sealed record EvaluateResult(IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, int> Examples) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console) => console.Facts([
        .. Metrics.Select(metric => (metric.Key, (string?)Figures.Metric(metric.Key, metric.Value))),
        .. Examples.Select(file => (file.Key, (string?)string.Create(CultureInfo.InvariantCulture, $"{file.Value} examples"))),
    ]);
}
