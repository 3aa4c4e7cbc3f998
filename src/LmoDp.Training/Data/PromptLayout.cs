using LmoDp.Models.Tokenizers;

namespace LmoDp.Training.Data;

/// <summary>
/// How a source and its target become one text (Li et al. 2022): source, the token that opens texts as a separator, target, the token that ends texts. Where opening and ending
/// tokens differ (Llama), the text is opened too.
/// </summary>
public sealed class PromptLayout
{
    private readonly TextTokenizer tokenizer;
    private readonly IReadOnlyList<int> prefix;
    private readonly int[] opening;
    private readonly int separator;
    private readonly string blank;

    /// <param name="tokenizer">Of a model that writes.</param>
    /// <param name="maxTokens">The longest text, a public setting.</param>
    /// <param name="prefix">Ids that stand before each text, those of a soft prompt; null for none.</param>
    /// <exception cref="BadInputException">The tokenizer has no tokens that open and end texts, or the texts are too short for anything.</exception>
    public PromptLayout(TextTokenizer tokenizer, int maxTokens, IReadOnlyList<int>? prefix = null)
    {
        if (tokenizer.BosId is not { } first || tokenizer.EosId is not { } end)
            throw new BadInputException("the tokenizer has no tokens that open and end a text: the model is not one that writes");
        (this.tokenizer, MaxTokens, separator, EndId) = (tokenizer, maxTokens, first, end);
        this.prefix = prefix ?? [];
        opening = first == end ? [.. this.prefix] : [.. this.prefix, first];
        blank = tokenizer is Gpt2TextTokenizer ? " " : ""; // Llama's puts it there itself
        if (maxTokens < opening.Length + 4)
            throw new BadInputException($"texts of {maxTokens} tokens have no room for source and target: give more");
    }

    /// <summary>The longest text.</summary>
    public int MaxTokens { get; }

    /// <summary>The token that ends a text.</summary>
    public int EndId { get; }

    /// <summary>What a model goes on from: the source, cut at its end where it is too long, and the separator.</summary>
    /// <param name="source">The source.</param>
    /// <param name="newTokens">How many tokens the model may write after it: room is left for them.</param>
    public IReadOnlyList<int> Prompt(string source, int newTokens)
    {
        var room = Math.Max(1, MaxTokens - opening.Length - 1 - newTokens);
        return [.. opening, .. tokenizer.Encode(source).Take(room), separator];
    }

    /// <summary>The beginning of a free text, after the token that opens texts; of one that is too long its end.</summary>
    /// <param name="text">The beginning.</param>
    /// <param name="newTokens">As in <see cref="Prompt"/>.</param>
    public IReadOnlyList<int> Beginning(string text, int newTokens) => [.. prefix, separator, .. tokenizer.Encode(text).TakeLast(Math.Max(1, MaxTokens - 1 - prefix.Count - newTokens))];

    /// <summary>A whole text. Where it is too long the source is cut first, to half of the room at least; a target that is cut has no end.</summary>
    public EncodedPair Encode(string source, string target)
    {
        int[] given = [.. tokenizer.Encode(source)];
        int[] written = target.Length == 0 ? [EndId] : [.. tokenizer.Encode(blank + target), EndId];
        var room = MaxTokens - opening.Length - 1;
        var kept = Math.Min(written.Length, Math.Max(room / 2, room - given.Length));
        int[] prompt = [.. opening, .. given.Take(room - kept), separator];
        return new EncodedPair([.. prompt, .. written.Take(kept)], prompt.Length);
    }

    /// <summary>The text of ids that a model wrote after a prompt; the prefix is no text.</summary>
    public string Text(IEnumerable<int> ids) => tokenizer.Decode(ids.Where(id => !prefix.Contains(id))).Trim();
}

/// <summary>A source and its target as one text.</summary>
/// <param name="Ids">All ids.</param>
/// <param name="Start">Where the target begins: at least 1; all ids from there on are to be predicted.</param>
public sealed record EncodedPair(int[] Ids, int Start)
{
    /// <summary>Number of ids to be predicted.</summary>
    public int Targets => Ids.Length - Start;
}
