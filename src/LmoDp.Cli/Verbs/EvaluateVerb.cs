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

    public EvaluateVerb() : base("evaluate", "Measures a fine-tuned classifier on labelled rows.",
        "lmodp evaluate --model runs/sst2 --task sst2 --data data/sst2",
        "lmodp evaluate --model runs/notes --task text-classification --data test.csv --text-column note --label-column urgent")
    {
        model.AddTo(this, files.AddTo);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        model.Check(input);
        files.Check(input);
        var (classifier, maxTokens) = model.Load(input);
        using var loaded = classifier;
        var labels = classifier.Model.Config.Labels;
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        var examples = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (suffix, data) in files.Read(input, labels))
        {
            var predictions = Classification.Predictions(classifier.Model, new EncodedDataset(data, classifier.Tokenizer, maxTokens, cancellation), CPU, cancellation);
            foreach (var (name, value) in ClassificationMetrics.Compute(predictions, [.. data.Examples.Select(example => example.Label)], labels.Count, suffix))
                metrics.Add(name, value);
            examples.Add(data.Name, data.Examples.Count);
        }
        return new EvaluateResult(metrics, examples);
    }
}

/// <summary>Metrics by name, and how many examples of each file they are measured on.</summary>
internal sealed record EvaluateResult(IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, int> Examples) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console) => console.Facts([
        .. Metrics.Select(metric => (metric.Key, (string?)Figures.Percent(metric.Value))),
        .. Examples.Select(file => (file.Key, (string?)string.Create(CultureInfo.InvariantCulture, $"{file.Value} examples"))),
    ]);
}
