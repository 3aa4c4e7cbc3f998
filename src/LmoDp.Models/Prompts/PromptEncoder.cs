using LmoDp.Models.Tokenizers;

namespace LmoDp.Models.Prompts;

/// <summary>A prompt in the tokens of a model: texts become ids with a mask where the gap is, and each class has the id of its word.</summary>
public sealed class PromptEncoder
{
    private readonly EncoderTokenizer tokenizer;
    private readonly (PromptPart Part, string Blank, IReadOnlyList<int> Ids)[] parts;

    /// <param name="prompt">The prompt.</param>
    /// <param name="tokenizer">Of a masked language model.</param>
    /// <exception cref="BadInputException">A word is not one token, or a special token is spelt out.</exception>
    public PromptEncoder(ClassificationPrompt prompt, EncoderTokenizer tokenizer)
    {
        (Prompt, this.tokenizer) = (prompt, tokenizer);
        parts = [.. prompt.Parts().Select(part => (part.Part, part.Literal, part.Part switch
        {
            PromptPart.Literal => Ordinary(part.Literal, tokenizer.Encode(part.Literal)),
            PromptPart.Mask => [tokenizer.MaskId],
            _ => (IReadOnlyList<int>)[],
        }))];
        // A gap that is not at the beginning follows a blank, which byte-level vocabularies hold in the word's token.
        var blank = parts[0].Part == PromptPart.Mask || tokenizer is not RobertaTextTokenizer ? "" : " ";
        WordIds = [.. prompt.Words.Select(word => Ordinary(word, tokenizer.Encode(blank + word)) is [var id] && id != tokenizer.UnkId
            ? id
            : throw new BadInputException($"the word '{word}' is not one token of the model's vocabulary: choose another for its label"))];
        if (WordIds.Distinct().Count() != WordIds.Count)
            throw new BadInputException("two labels have words of the same token (a model in lower case makes no difference between capitals): choose others");
    }

    /// <summary>The prompt.</summary>
    public ClassificationPrompt Prompt { get; }

    /// <summary>The token of each class.</summary>
    public IReadOnlyList<long> WordIds { get; }

    /// <summary>The token of the gap.</summary>
    public int MaskId => tokenizer.MaskId;

    /// <summary>A text, or a pair, in the prompt, with the special tokens. Texts that are too long are cut at their ends, the longer one first; a mask that is spelt out in a text is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="maxLength">The most ids.</param>
    /// <exception cref="BadInputException">The prompt alone is longer than that, or is for pairs and the task is not, or the other way round.</exception>
    public EncodedText Encode(string text, string? pair, int maxLength)
    {
        if (Prompt.IsForPairs != pair is not null)
            throw new BadInputException(pair is null ? "the prompt has a {pair}, but the task has one text" : "the task is on pairs of texts: the prompt needs a {pair}");
        var room = maxLength - 2 - parts.Sum(part => part.Ids.Count);
        if (room < 1)
            throw new BadInputException($"a maximum length of {maxLength} tokens leaves no room for a text in the prompt: use more");
        var (first, second) = (Words(PromptPart.Text, text), pair is null ? [] : Words(PromptPart.Pair, pair));
        var (keepFirst, keepSecond) = TextTokenizer.LongestFirst(first.Count, second.Count, room);
        List<int> ids = [tokenizer.ClsId];
        foreach (var (part, _, own) in parts)
        {
            ids.AddRange(part switch
            {
                PromptPart.Text => first.Take(keepFirst),
                PromptPart.Pair => second.Take(keepSecond),
                _ => own,
            });
        }
        ids.Add(tokenizer.SepId);
        return new EncodedText(ids, new int[ids.Count]);
    }

    /// <summary>Ids of what the user wrote, in which a special token would be a second gap, or an end.</summary>
    private IReadOnlyList<int> Ordinary(string written, IReadOnlyList<int> ids)
        => ids.Any(id => id == tokenizer.ClsId || id == tokenizer.SepId || id == tokenizer.PadId || id == tokenizer.MaskId)
            ? throw new BadInputException($"the prompt's '{written.Trim()}' spells out a special token of the model: mark the gap with {{mask}}, and leave the others out")
            : ids;

    private List<int> Words(PromptPart place, string text)
    {
        var blank = Array.Find(parts, part => part.Part == place).Blank;
        return [.. tokenizer.Encode(blank + text).Select(id => id == tokenizer.MaskId ? tokenizer.UnkId : id)];
    }
}
