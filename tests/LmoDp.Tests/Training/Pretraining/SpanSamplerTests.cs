using LmoDp.Training.Pretraining;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Pretraining;

public class SpanSamplerTests
{
    private static readonly SpecialTokens Special = new(0, 1, 2, 3, 4);

    private static SpanSampler Sampler() => new([.. Enumerable.Range(0, 50).Select(d => Enumerable.Range(0, 20 + d).Select(i => 5 + (7 * i + d) % 95).ToArray())], Special, 100);

    [Fact]
    public void SameSeedAndNumberSameBatch()
    {
        using var scope = NewDisposeScope();
        var a = Sampler().Draw(3, 11, 8, 16, 6);
        var b = Sampler().Draw(3, 11, 8, 16, 6);
        var c = Sampler().Draw(3, 12, 8, 16, 6);
        Assert.Equal(a.InputIds.data<long>().ToArray(), b.InputIds.data<long>().ToArray());
        Assert.Equal(a.ContextWords.data<long>().ToArray(), b.ContextWords.data<long>().ToArray());
        Assert.NotEqual(a.InputIds.data<long>().ToArray(), c.InputIds.data<long>().ToArray());
    }

    [Fact]
    public void PredictsFifteenPercentAndMasksFourFifthsOfThem()
    {
        using var scope = NewDisposeScope();
        long tokens = 0, predicted = 0, masked = 0;
        for (var number = 0; number < 100; number++)
        {
            var batch = Sampler().Draw(1, number, 16, 18, 4);
            tokens += batch.AttentionMask.sum().item<long>() - 2 * 16;
            predicted += batch.Places.numel();
            masked += batch.InputIds.eq(Special.Mask).sum().item<long>();
        }
        // Binomial, 25,600 tokens: five standard deviations are 0.011 and 0.032 (false alarm below 1e-6).
        Assert.InRange((double)predicted / tokens, 0.139, 0.161);
        Assert.InRange((double)masked / predicted, 0.768, 0.832);
    }

    [Fact]
    public void ContextWordsStandOutsideTheSpan()
    {
        using var scope = NewDisposeScope();
        // A document in which every token occurs once: what is in the span cannot be context.
        var sampler = new SpanSampler([Enumerable.Range(5, 90).ToArray()], Special, 100);
        var batch = sampler.Draw(1, 0, 4, 22, 10);
        for (var row = 0; row < 4; row++)
        {
            var context = batch.ContextWords[row].data<long>().Where(word => word >= 0).ToArray();
            Assert.NotEmpty(context);
            var kept = batch.InputIds[row].data<long>().Where(id => id > Special.Mask).Order().ToArray();
            var median = kept[kept.Length / 2];
            Assert.DoesNotContain(context, word => word == median);
        }
    }
}
