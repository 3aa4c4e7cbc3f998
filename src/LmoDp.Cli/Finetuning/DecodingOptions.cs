using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Models.Generation;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that say how a model chooses the tokens that it writes.</summary>
internal sealed class DecodingOptions
{
    private readonly Option<long?> newTokens = TypedOption.Whole("--max-new-tokens", "Most tokens of a written text [default: half of --max-tokens]", 1, most: int.MaxValue);
    private readonly Option<long?> beams = TypedOption.Whole("--beams", "Beginnings that beam search keeps; 1 takes the likeliest token each time [default: 5]", 1, most: 1024);
    private readonly Option<double?> penalty = TypedOption.Real("--length-penalty", "Beam search ranks by log probability / length ^ this [default: 0.9]", NumberRange.NotNegative);
    private readonly Option<long?> noRepeat = TypedOption.Whole("--no-repeat-ngram", "No so many tokens in a row occur twice; 0 allows it [default: 4]", 0, most: 1024);
    private readonly Option<double?> temperature = TypedOption.Real("--temperature", "Draw tokens at random, with logits divided by this", NumberRange.Positive);
    private readonly Option<long?> topK = TypedOption.Whole("--top-k", "Draw at random from this many of the likeliest tokens", 1, most: int.MaxValue);
    private readonly Option<double?> topP = TypedOption.Real("--top-p", "Draw at random from the fewest tokens that reach this probability", NumberRange.Probability);
    private readonly Option<long?> seed = TypedOption.Whole("--seed", "Of random draws [default: 1]", 0);

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in All)
            verb.Options.Add(option);
    }

    /// <summary>The first one that was given, or null.</summary>
    public Option? Given(ParseResult input) => All.FirstOrDefault(option => input.GetResult(option) is not null);

    /// <summary>How a model is to write.</summary>
    /// <exception cref="BadInputException">Options contradict each other.</exception>
    public Writing Read(ParseResult input, LoadedWriter writer, int maxTokens) => new(writer, maxTokens, Decoding(input),
        (int)(input.GetValue(newTokens) ?? Writing.DefaultNewTokens(maxTokens)), (int)(input.GetValue(noRepeat) ?? 4));

    private IReadOnlyList<Option> All => [newTokens, beams, penalty, noRepeat, temperature, topK, topP, seed];

    private Decoding Decoding(ParseResult input)
    {
        if (new Option[] { temperature, topK, topP, seed }.FirstOrDefault(option => input.GetResult(option) is not null) is { } random)
        {
            if (new Option[] { beams, penalty }.FirstOrDefault(option => input.GetResult(option) is not null) is { } search)
                throw new BadInputException($"{random.Name} draws at random, {search.Name} is for beam search: give one of them");
            return new SamplingDecoding(input.GetValue(seed) ?? 1, input.GetValue(temperature) ?? 1, (int)(input.GetValue(topK) ?? 0), input.GetValue(topP) ?? 1);
        }
        var width = (int)(input.GetValue(beams) ?? 5);
        if (width == 1 && input.GetResult(penalty) is not null)
            throw new BadInputException("--length-penalty needs --beams of 2 or more");
        return width == 1 ? new GreedyDecoding() : new BeamSearch(width, input.GetValue(penalty) ?? 0.9);
    }
}
