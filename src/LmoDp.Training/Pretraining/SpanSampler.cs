using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>
/// Draws masked training batches: spans of equal length from random places of random documents, between the start and end tokens, 15 % of the tokens
/// chosen for prediction, and one at least (of those 80 % masked, 10 % replaced by any id of the vocabulary, 10 % kept: Devlin et al. 2019, section 3.1), and for each span the tone of its document.
/// A batch depends on the seed and its number only, so a resumed run sees the same batches.
/// </summary>
public sealed class SpanSampler
{
    private const double PredictedShare = 0.15;

    private readonly IReadOnlyList<PublicDocument> documents;
    private readonly float[] tones;
    private readonly SpecialTokens special;
    private readonly int vocabulary;
    private readonly long[] ends;

    /// <param name="documents">Token ids without special tokens.</param>
    /// <param name="special">Ids of the special tokens; all other ids are ordinary.</param>
    /// <param name="vocabulary">Number of ids.</param>
    /// <param name="teacher">Tells the documents' tones; null: none has one.</param>
    public SpanSampler(IReadOnlyList<PublicDocument> documents, SpecialTokens special, int vocabulary, ToneTeacher? teacher = null)
    {
        this.documents = documents;
        this.special = special;
        this.vocabulary = vocabulary;
        tones = [.. documents.Select(document => teacher?.Tone(document) ?? float.NaN)];
        ends = new long[documents.Count];
        var counts = new long[vocabulary];
        var total = 0L;
        for (var i = 0; i < documents.Count; i++)
        {
            ends[i] = total += documents[i].Ids.Length;
            foreach (var id in documents[i].Ids)
                counts[id]++;
        }
        Frequencies = [.. counts.Select(count => (double)count / total)];
    }

    /// <summary>The share of each id among all tokens: the unigram baseline.</summary>
    public IReadOnlyList<double> Frequencies { get; }

    /// <summary>Draws a batch.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="number">Of the batch.</param>
    /// <param name="spans">Rows.</param>
    /// <param name="tokens">Columns, the two special tokens among them.</param>
    public MaskedBatch Draw(long seed, long number, int spans, int tokens)
    {
        var random = SeededRandom.Stream(seed, number);
        var ids = new long[spans * tokens];
        var real = new long[spans * tokens];
        var tone = new float[spans];
        var places = new List<long>();
        var targets = new List<long>();
        for (var row = 0; row < spans; row++)
        {
            var chosen = DocumentAt(random.NextInt64(ends[^1]));
            var document = documents[chosen].Ids;
            var length = Math.Min(tokens - 2, document.Length);
            var start = random.Next(document.Length - length + 1);
            var offset = row * tokens;
            Array.Fill(ids, special.Pad, offset, tokens);
            Array.Fill(real, 1, offset, length + 2);
            ids[offset] = special.Start;
            ids[offset + length + 1] = special.End;
            for (var i = 0; i < length; i++)
                ids[offset + 1 + i] = document[start + i];
            Mask(random, ids, offset + 1, length, places, targets);
            tone[row] = tones[chosen];
        }
        if (places.Count == 0) // few and short rows: the mean over no places would be no number
            Predict(random, ids, 1, places, targets);
        return new MaskedBatch(tensor(ids, [spans, tokens]), tensor(real, [spans, tokens]), tensor(places.ToArray()), tensor(targets.ToArray()), tensor(tone));
    }

    private int DocumentAt(long token)
    {
        var at = Array.BinarySearch(ends, token + 1);
        return at >= 0 ? at : ~at;
    }

    private void Mask(Random random, long[] ids, int offset, int length, List<long> places, List<long> targets)
    {
        for (var i = offset; i < offset + length; i++)
        {
            if (random.NextDouble() < PredictedShare)
                Predict(random, ids, i, places, targets);
        }
    }

    private void Predict(Random random, long[] ids, int place, List<long> places, List<long> targets)
    {
        places.Add(place);
        targets.Add(ids[place]);
        var kind = random.NextDouble();
        if (kind < 0.8)
            ids[place] = special.Mask;
        else if (kind < 0.9)
            ids[place] = random.Next(vocabulary);
    }
}

/// <summary>Ids of a vocabulary's special tokens.</summary>
public sealed record SpecialTokens(int Start, int Pad, int End, int Mask);

/// <summary>A batch for masked-language-model pre-training.</summary>
/// <param name="InputIds">int64 <c>[spans, tokens]</c>, masked.</param>
/// <param name="AttentionMask">int64 <c>[spans, tokens]</c>.</param>
/// <param name="Places">Flat indices of the tokens to predict, int64 <c>[predicted]</c>.</param>
/// <param name="Targets">Their true ids, int64 <c>[predicted]</c>.</param>
/// <param name="Tones">1 for spans of praise, 0 for spans of blame, NaN where it is not known: float32 <c>[spans]</c>.</param>
public sealed record MaskedBatch(Tensor InputIds, Tensor AttentionMask, Tensor Places, Tensor Targets, Tensor Tones);
