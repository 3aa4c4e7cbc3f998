using System.CommandLine;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Output;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using Spectre.Console;
using static TorchSharp.torch;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp predict</c>: labels for new text.</summary>
internal sealed class PredictVerb : Verb
{
    private readonly FineTunedModelOptions model = new();
    private readonly PredictionOptions texts = new();

    public PredictVerb() : base("predict", "Gives the labels of new texts, with their probabilities.",
        "lmodp predict --model runs/sst2 --text \"a quiet, moving film\"",
        "lmodp predict --model runs/notes --file new.csv --text-column note --json")
    {
        model.AddTo(this, texts.AddTo);
    }

    /// <remarks>Between two batches: a process that ends while native code computes crashes.</remarks>
    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        model.Check(input);
        var data = texts.Read(input);
        var (classifier, maxTokens) = model.LoadClassifier(input);
        using var loaded = classifier;
        var labels = classifier.Model.Config.Labels;
        var probabilities = Classification.Probabilities(classifier.Model, classifier.Encode(data, maxTokens, cancellation), CPU, cancellation);
        return new PredictResult(labels, [.. data.Examples.Zip(probabilities, (example, row) => Prediction.Of(example, row, labels))]);
    }
}

/// <summary>The likeliest label of a text.</summary>
/// <param name="Text">The text.</param>
/// <param name="TextPair">The second text; null for tasks on one.</param>
/// <param name="Label">The likeliest label.</param>
/// <param name="Probability">Its probability according to the model.</param>
/// <param name="Probabilities">Of all labels, in their order.</param>
internal sealed record Prediction(string Text, string? TextPair, string Label, double Probability, IReadOnlyList<double> Probabilities)
{
    /// <summary>The prediction that probabilities make.</summary>
    public static Prediction Of(TextExample example, float[] probabilities, IReadOnlyList<string> labels)
    {
        var best = Array.IndexOf(probabilities, probabilities.Max());
        return new Prediction(example.Text, example.TextPair, labels[best], probabilities[best], [.. probabilities.Select(probability => (double)probability)]);
    }
}

/// <summary>The predictions, in the order of the texts.</summary>
internal sealed record PredictResult(IReadOnlyList<string> Labels, IReadOnlyList<Prediction> Predictions) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        foreach (var prediction in Predictions)
            console.Profile.Out.Writer.WriteLine($"{prediction.Label}\t{Figures.Percent(prediction.Probability)}\t{prediction.Text}{(prediction.TextPair is null ? "" : $"\t{prediction.TextPair}")}");
    }
}
