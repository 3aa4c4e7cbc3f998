using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>What ends and limits a generated text.</summary>
/// <param name="MaxNewTokens">Most tokens after the prompt.</param>
/// <param name="EndId">The token that ends a text and is no part of it; null if none does.</param>
/// <param name="NoRepeatNgram">No n tokens in a row may occur twice in a text, its prompt included; 0 allows it.</param>
public sealed record GenerationLimits(int MaxNewTokens, int? EndId, int NoRepeatNgram = 0);

/// <summary>A rule by which texts grow out of a model's scores.</summary>
public abstract class Decoding
{
    /// <summary>Continues each prompt.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="prompts">Token ids; none is empty.</param>
    /// <param name="numbers">Each prompt's number among all that are to be continued: a sampled text depends on its own number only, not on those beside it.</param>
    /// <param name="limits">When to end.</param>
    /// <returns>The new ids of each text, without the end token.</returns>
    public abstract IReadOnlyList<IReadOnlyList<int>> Generate(NextTokenScorer scorer, IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<int> numbers, GenerationLimits limits);

    /// <summary>Gives tokens that would repeat an n-gram of their text the score -infinity.</summary>
    /// <param name="scores"><c>[texts, vocabulary]</c>, changed in place.</param>
    /// <param name="texts">All ids of each text.</param>
    /// <param name="size">n; 0 for none.</param>
    private protected static void BanRepeats(Tensor scores, IEnumerable<IReadOnlyList<int>> texts, int size)
    {
        if (size == 0)
            return;
        var vocabulary = scores.shape[1];
        long[] banned = [.. texts.SelectMany((text, row) => Repeating(text, size).Select(id => row * vocabulary + id))];
        if (banned.Length > 0)
            scores.view(-1).index_fill_(0, tensor(banned, device: scores.device), KeptNumbers.NegativeInfinity);
    }

    /// <summary>The tokens that would complete an n-gram which the text has already.</summary>
    internal static IEnumerable<int> Repeating(IReadOnlyList<int> text, int size)
    {
        var known = size - 1;
        for (var start = 0; start + known < text.Count; start++)
        {
            var same = true;
            for (var i = 0; same && i < known; i++)
                same = text[start + i] == text[text.Count - known + i];
            if (same)
                yield return text[start + known];
        }
    }
}
