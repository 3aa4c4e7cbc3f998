using System.CommandLine;
using System.Globalization;
using LmoDp.Cli.Input;
using LmoDp.Models.Layers;
using LmoDp.Training.Record;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that name a fine-tuned model, and how much of a text it reads.</summary>
/// <param name="embedded">The folder that is taken where none is given; null where one must be.</param>
internal sealed class FineTunedModelOptions(string? embedded = null)
{
    private const int LabellerMaxTokens = 128, WriterMaxTokens = 256;

    private readonly Option<string?> model = embedded is null
        ? TypedOption.Text("--model", "Folder of a fine-tuned model, in the Hugging Face layout", "folder").Needed()
        : TypedOption.Text("--model", "Folder of a language model, in the Hugging Face layout [default: the embedded one]", "folder");

    private readonly Option<long?> maxTokens = TypedOption.Whole("--max-tokens",
        $"Texts are cut to this many tokens [default: what the model was fine-tuned with; without a record of that {LabellerMaxTokens}, writing {WriterMaxTokens}]", 8, most: int.MaxValue);

    private readonly Option<WeightStorage?> weights = WeightsOption.Create();

    /// <summary>Adds them to a verb, with those that say what the model is to read.</summary>
    public void AddTo(Command verb, Action<Command> others)
    {
        verb.Options.Add(model);
        others(verb);
        verb.Options.Add(maxTokens);
        verb.Options.Add(weights);
    }

    /// <summary>Checks what can be checked before anything is read.</summary>
    /// <exception cref="BadInputException">There is no such folder.</exception>
    public void Check(ParseResult input) => _ = input.ExistingFolder(model);

    /// <summary>A model that labels texts, and the tokens that texts are cut to.</summary>
    /// <exception cref="BadInputException">The folder holds no fine-tuned classifier, or one that takes fewer tokens than asked for.</exception>
    public (LoadedClassifier Classifier, int MaxTokens) LoadClassifier(ParseResult input)
    {
        var classifier = LoadedClassifier.FineTuned(Folder(input), input.Storage(weights));
        return (classifier, MaxTokens(input, LabellerMaxTokens, classifier.Model.Config.MaxTokens, classifier));
    }

    /// <summary>A model that writes texts, and the tokens that source and target together are cut to.</summary>
    /// <exception cref="BadInputException">The folder holds no causal language model, or one that takes fewer tokens than asked for.</exception>
    public (LoadedWriter Writer, int MaxTokens) LoadWriter(ParseResult input)
    {
        var writer = LoadedWriter.Load(Folder(input), input.Storage(weights));
        return (writer, MaxTokens(input, WriterMaxTokens, writer.Model.Config.MaxTokens, writer));
    }

    private string Folder(ParseResult input) => input.ExistingFolder(model) ?? embedded!;

    private int MaxTokens(ParseResult input, int usual, int most, IDisposable loaded)
    {
        if (input.GetValue(maxTokens) is not { } asked)
            return Math.Min(RunRecord.MaxTokensOf(Folder(input)) ?? usual, most);
        if (asked <= most)
            return (int)asked;
        loaded.Dispose();
        throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"--max-tokens {asked} is more than the model takes: give at most {most}"));
    }
}
