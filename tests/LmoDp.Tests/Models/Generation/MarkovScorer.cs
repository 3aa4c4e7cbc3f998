using LmoDp.Models.Generation;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Generation;

/// <summary>A language in which the next token depends on the last one only, by a random table.</summary>
internal sealed class MarkovScorer : NextTokenScorer
{
    private readonly float[][] logits;
    private int[] last = [];

    public MarkovScorer(int vocabulary, int seed)
    {
        var random = new Random(seed);
        logits = [.. Enumerable.Range(0, vocabulary).Select(_ => Enumerable.Range(0, vocabulary).Select(_ => 4 * random.NextSingle()).ToArray())];
    }

    /// <summary>Texts that were scored, all calls together.</summary>
    public int Scored { get; private set; }

    public override Tensor Begin(IReadOnlyList<IReadOnlyList<int>> prompts) => Scores([.. prompts.Select(prompt => prompt[^1])]);

    public override Tensor Continue(IReadOnlyList<int> parents, IReadOnlyList<int> tokens)
    {
        Assert.All(parents, parent => Assert.InRange(parent, 0, last.Length - 1));
        return Scores([.. tokens]);
    }

    public int Likeliest(int after) => Array.IndexOf(logits[after], logits[after].Max());

    public double LogProbability(int after, int token) => logits[after][token] - Math.Log(logits[after].Sum(score => Math.Exp(score)));

    private Tensor Scores(int[] tokens)
    {
        last = tokens;
        Scored += tokens.Length;
        return tensor([.. tokens.SelectMany(token => logits[token])], [tokens.Length, logits.Length]);
    }
}
