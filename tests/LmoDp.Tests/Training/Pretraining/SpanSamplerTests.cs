using LmoDp.Training.Pretraining;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Pretraining;

public class SpanSamplerTests
{
    private static readonly SpecialTokens Special = new(0, 1, 2, 4);

    private static SpanSampler Sampler() => new([.. Enumerable.Range(0, 50).Select(d => Enumerable.Range(0, 20 + d).Select(i => 5 + (7 * i + d) % 95).ToArray()).Select(ids => new PublicDocument(ids))], Special, 100);

    [Fact]
    public void SameSeedAndNumberSameBatch()
    {
        using var scope = NewDisposeScope();
        var a = Sampler().Draw(3, 11, 8, 16);
        var b = Sampler().Draw(3, 11, 8, 16);
        var c = Sampler().Draw(3, 12, 8, 16);
        Assert.Equal(a.InputIds.data<long>().ToArray(), b.InputIds.data<long>().ToArray());
        Assert.NotEqual(a.InputIds.data<long>().ToArray(), c.InputIds.data<long>().ToArray());
    }

    [Fact]
    public void PredictsFifteenPercentAndMasksFourFifthsOfThem()
    {
        using var scope = NewDisposeScope();
        long tokens = 0, predicted = 0, masked = 0;
        for (var number = 0; number < 100; number++)
        {
            var batch = Sampler().Draw(1, number, 16, 18);
            tokens += batch.AttentionMask.sum().item<long>() - 2 * 16;
            predicted += batch.Places.numel();
            masked += batch.InputIds.eq(Special.Mask).sum().item<long>();
        }
        // Binomial, 25,600 tokens: five standard deviations are 0.011 and 0.032 (false alarm below 1e-6).
        Assert.InRange((double)predicted / tokens, 0.139, 0.161);
        Assert.InRange((double)masked / predicted, 0.768, 0.832);
    }

    /// <summary>Of four tokens none is chosen in every second batch; the mean loss would be no number.</summary>
    [Fact]
    public void EveryBatchPredictsSomething()
    {
        using var scope = NewDisposeScope();
        var sampler = new SpanSampler([new PublicDocument([10, 11, 12, 13])], Special, 100);
        for (var number = 0; number < 40; number++)
        {
            var batch = sampler.Draw(1, number, 1, 8);
            Assert.InRange(batch.Targets.numel(), 1, 4);
            Assert.All(batch.Places.data<long>().Zip(batch.Targets.data<long>()), pair => Assert.Equal(9 + pair.First, pair.Second));
        }
    }

    [Fact]
    public void ASpanHasTheToneOfItsDocument()
    {
        using var scope = NewDisposeScope();
        // Praise is written with even ids, blame with odd ones, and a text of low numbers says neither.
        PublicDocument[] praise = [.. Enumerable.Range(0, 30).Select(d => new PublicDocument([.. Enumerable.Range(0, 60).Select(i => 20 + 2 * ((i + d) % 30))], 0.9))];
        PublicDocument[] blame = [.. Enumerable.Range(0, 30).Select(d => new PublicDocument([.. Enumerable.Range(0, 60).Select(i => 21 + 2 * ((i + d) % 30))], 0.2))];
        PublicDocument[] other = [.. Enumerable.Range(0, 30).Select(d => new PublicDocument([.. Enumerable.Range(0, 30).Select(i => 5 + (i % 5))]))];
        PublicDocument[] all = [.. praise, .. blame, .. other];
        var batch = new SpanSampler(all, Special, 100, ToneTeacher.Learn(all)).Draw(1, 0, 64, 12);
        var seen = new HashSet<float>();
        for (var row = 0; row < 64; row++)
        {
            // 10 % of the predicted tokens are replaced by others: the majority tells what was written.
            var written = batch.InputIds[row].data<long>().Where(id => id > Special.Mask).ToArray();
            var expected = written.Count(id => id < 10) > written.Length / 2 ? float.NaN : written.Count(id => id % 2 == 0) > written.Length / 2 ? 1 : 0f;
            var tone = batch.Tones[row].item<float>();
            Assert.Equal(expected, tone);
            seen.Add(tone);
        }
        Assert.Equal(3, seen.Count);
    }
}
