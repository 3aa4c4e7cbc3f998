using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>Documents one after the other, an end token after each, as one stream, from which a causal language model learns spans.</summary>
public sealed class TokenStream
{
    private readonly int[] ids;

    /// <param name="documents">Token ids without special tokens.</param>
    /// <param name="endId">The end token.</param>
    /// <param name="vocabulary">Number of ids.</param>
    public TokenStream(IReadOnlyList<PublicDocument> documents, int endId, int vocabulary)
    {
        ids = [.. documents.SelectMany(document => document.Ids.Append(endId))];
        var counts = new long[vocabulary];
        foreach (var id in ids)
            counts[id]++;
        Frequencies = [.. counts.Select(count => (double)count / ids.Length)];
    }

    /// <summary>Number of tokens.</summary>
    public int Length => ids.Length;

    /// <summary>The share of each id among all tokens: the unigram baseline.</summary>
    public IReadOnlyList<double> Frequencies { get; }

    /// <summary>Draws spans from random places. A batch depends on the seed and its number only, so a resumed run sees the same batches.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="number">Of the batch.</param>
    /// <param name="spans">Rows.</param>
    /// <param name="tokens">Columns.</param>
    /// <returns>int64 <c>[spans, tokens + 1]</c>: the token after each place is what it must predict.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The stream is shorter than a span.</exception>
    public Tensor Draw(long seed, long number, int spans, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tokens, ids.Length);
        var random = SeededRandom.Stream(seed, number);
        var drawn = new long[spans * (tokens + 1)];
        for (var row = 0; row < spans; row++)
        {
            var start = random.Next(ids.Length - tokens);
            for (var i = 0; i <= tokens; i++)
                drawn[row * (tokens + 1) + i] = ids[start + i];
        }
        return tensor(drawn, [spans, tokens + 1]);
    }
}
