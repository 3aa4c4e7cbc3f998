using LmoDp.Models.Generation;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Generation;

public sealed class DecodingTests
{
    private const int Vocabulary = 16;
    private static readonly IReadOnlyList<IReadOnlyList<int>> Prompts = [[3, 5], [7], [1, 2, 9, 4]];

    [Fact]
    public void GreedyTakesTheLikeliestTokenUntilTheEnd()
    {
        using var scorer = new MarkovScorer(Vocabulary, 1);
        var end = scorer.Likeliest(scorer.Likeliest(5)); // the first text ends after one token
        var texts = new GreedyDecoding().Generate(scorer, Prompts, [0, 1, 2], new GenerationLimits(8, end));
        Assert.Equal([scorer.Likeliest(5)], texts[0]);
        for (var i = 0; i < Prompts.Count; i++)
        {
            var at = Prompts[i][^1];
            foreach (var id in texts[i])
                Assert.Equal(at = scorer.Likeliest(at), id);
            Assert.True(texts[i].Count == 8 || scorer.Likeliest(at) == end);
        }
        Assert.True(scorer.Scored < 8 * Prompts.Count); // texts that have ended cost nothing
    }

    [Fact]
    public void NoNgramOccursTwiceTheOnesOfThePromptCounted()
    {
        using var scorer = new MarkovScorer(Vocabulary, 2);
        IReadOnlyList<IReadOnlyList<int>> prompts = [[1, 2, 3, 1, 2], [5]];
        foreach (var decoding in new Decoding[] { new GreedyDecoding(), new SamplingDecoding(1, temperature: 0.3), new BeamSearch(4) })
        {
            var texts = decoding.Generate(scorer, prompts, [0, 1], new GenerationLimits(60, null, NoRepeatNgram: 2));
            foreach (var text in texts.Zip(prompts, (text, prompt) => prompt.Concat(text).ToArray()))
            {
                var pairs = text.Zip(text.Skip(1)).Skip(text[0] == 1 ? 4 : 0).ToArray(); // the prompt itself repeats 1 2
                Assert.Equal(pairs.Length, pairs.Distinct().Count());
            }
            Assert.DoesNotContain((2, 3), texts[0].Prepend(2).Zip(texts[0]));
        }
    }

    [Theory]
    [InlineData(0, 1, 16)]
    [InlineData(5, 1, 5)]
    [InlineData(0, 0.6, 0)]
    [InlineData(6, 0.8, 0)]
    public void TokensAreDrawnWithTheirProbabilities(int topK, double topP, int support)
    {
        const int Draws = 40_000;
        var random = new Random(3);
        float[] logits = [.. Enumerable.Range(0, Vocabulary).Select(_ => 3 * random.NextSingle())];
        const double Temperature = 1.5;
        var order = Enumerable.Range(0, Vocabulary).OrderByDescending(id => logits[id]).ToList();
        if (topK > 0)
            order = order[..topK];
        double Weight(int id) => Math.Exp(logits[id] / Temperature);
        var (all, reached, kept) = (order.Sum(Weight), 0.0, new List<int>());
        foreach (var id in order)
        {
            if (reached >= topP * all)
                break;
            kept.Add(id);
            reached += Weight(id);
        }
        using var scope = NewDisposeScope();
        var rows = tensor(logits).unsqueeze(0).expand(Draws, Vocabulary);
        var drawn = new SamplingDecoding(1, Temperature, topK, topP).Draw(rows, [.. Enumerable.Range(0, Draws).Select(_ => random.NextDouble())]);
        Assert.Subset(kept.ToHashSet(), drawn.ToHashSet());
        if (support > 0)
            Assert.Equal(support, kept.Count);
        var statistic = kept.Sum(id =>
        {
            var expected = Draws * Weight(id) / reached;
            return Math.Pow(drawn.Count(other => other == id) - expected, 2) / expected;
        });
        Assert.InRange(statistic, 0, 60); // chi-square with at most 15 degrees of freedom: false alarm below 3e-7
    }

    [Fact]
    public void ASampledTextDependsOnSeedAndNumberOnly()
    {
        using var scorer = new MarkovScorer(Vocabulary, 4);
        var limits = new GenerationLimits(12, null);
        var together = new SamplingDecoding(7).Generate(scorer, Prompts, [10, 11, 12], limits);
        var alone = new SamplingDecoding(7).Generate(scorer, [Prompts[2]], [12], limits);
        Assert.Equal(together[2], alone[0]);
        Assert.NotEqual(together[2], new SamplingDecoding(8).Generate(scorer, [Prompts[2]], [12], limits)[0]);
        Assert.NotEqual(together[2], new SamplingDecoding(7).Generate(scorer, [Prompts[2]], [13], limits)[0]);
    }

    [Fact]
    public void OneBeamIsGreedy()
    {
        using var scorer = new MarkovScorer(Vocabulary, 5);
        var limits = new GenerationLimits(10, null);
        Assert.Equal(new GreedyDecoding().Generate(scorer, Prompts, [0, 1, 2], limits), new BeamSearch(1).Generate(scorer, Prompts, [0, 1, 2], limits));
    }

    [Fact]
    public void ATextDoesNotDependOnThoseBesideIt()
    {
        using var scorer = new MarkovScorer(Vocabulary, 6);
        var limits = new GenerationLimits(10, 11);
        var together = new BeamSearch(4, 0.9).Search(scorer, Prompts, limits);
        for (var i = 0; i < Prompts.Count; i++)
            Assert.Equal(new BeamSearch(4, 0.9).Search(scorer, [Prompts[i]], limits)[0].Select(ending => (string.Join(' ', ending.NewIds), ending.Score)), together[i].Select(ending => (string.Join(' ', ending.NewIds), ending.Score)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ScoresAreWhatTheyClaimToBe(bool earlyStopping)
    {
        const int End = 11;
        const double Penalty = 0.7;
        using var scorer = new MarkovScorer(Vocabulary, 7);
        foreach (var (endings, prompt) in new BeamSearch(5, Penalty, earlyStopping).Search(scorer, Prompts, new GenerationLimits(9, End)).Zip(Prompts))
        {
            Assert.Equal(5, endings.Count);
            Assert.Equal(endings.OrderByDescending(ending => ending.Score), endings);
            Assert.Equal(5, endings.Select(ending => string.Join(' ', ending.NewIds)).Distinct().Count());
            foreach (var ending in endings)
            {
                var (at, total) = (prompt[^1], 0.0);
                foreach (var id in ending.NewIds.Count < 9 ? ending.NewIds.Append(End) : ending.NewIds)
                    (at, total) = (id, total + scorer.LogProbability(at, id));
                Assert.Equal(total / Math.Pow(prompt.Count + ending.NewIds.Count, Penalty), ending.Score, 1e-4);
            }
        }
    }

    [Fact]
    public void ManyBeamsFindTheBestText()
    {
        // 30 tokens, three steps, 15 beams: the best text's beginnings are among the best ones, checked against all 27,000 texts.
        using var scorer = new MarkovScorer(30, 8);
        var ids = Enumerable.Range(0, 30);
        var best = (from a in ids from b in ids from c in ids select (a, b, c))
            .MaxBy(text => scorer.LogProbability(7, text.a) + scorer.LogProbability(text.a, text.b) + scorer.LogProbability(text.b, text.c));
        Assert.Equal([best.a, best.b, best.c], new BeamSearch(15).Generate(scorer, [[7]], [0], new GenerationLimits(3, null))[0]);
    }

    [Fact]
    public void TooManyBeamsAreRefused()
    {
        using var scorer = new MarkovScorer(Vocabulary, 9);
        Assert.Contains("beams", Assert.Throws<BadInputException>(() => new BeamSearch(9).Generate(scorer, Prompts, [0, 1, 2], new GenerationLimits(3, null))).Message, StringComparison.Ordinal);
    }
}
