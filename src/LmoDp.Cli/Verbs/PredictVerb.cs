using System.CommandLine;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Runs;
using Spectre.Console;
using static TorchSharp.torch;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp predict</c>: labels for new text.</summary>
internal sealed class PredictVerb : Verb
{
    private readonly Option<string?> model = TypedOption.Text("--model", "Folder of a fine-tuned model, in the Hugging Face layout", "folder").Needed();
    private readonly PredictionOptions texts = new();
    private readonly Option<long?> maxTokens = TypedOption.Whole("--max-tokens", "Texts are cut to this many tokens [default: 128]", 8, most: int.MaxValue);

    public PredictVerb() : base("predict", "Gives the labels of new texts, with their probabilities.",
        "lmodp predict --model runs/sst2 --text \"a quiet, moving film\"",
        "lmodp predict --model runs/notes --file new.csv --text-column note --json")
    {
        Options.Add(model);
        texts.AddTo(this);
        Options.Add(maxTokens);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var folder = input.ExistingFolder(model)!;
        var data = texts.Read(input);
        using var classifier = LoadedClassifier.FineTuned(folder);
        var config = classifier.Model.Config;
        var encoded = new EncodedDataset(data, classifier.Tokenizer, (int)Math.Min(input.GetValue(maxTokens) ?? 128, config.MaxTokens));
        cancellation.ThrowIfCancellationRequested();
        var probabilities = Classification.Probabilities(classifier.Model, encoded, CPU);
        return new PredictResult(config.Labels, [.. data.Examples.Zip(probabilities, (example, row) => Prediction.Of(example, row, config.Labels))]);
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
