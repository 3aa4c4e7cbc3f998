using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>
/// Tokens are drawn with the model's probabilities, if asked only from the k likeliest (Fan et al. 2018) or from the fewest whose probabilities reach p together (nucleus
/// sampling: Holtzman et al. 2020). Both rules together: first k, then p among those.
/// </summary>
public sealed class SamplingDecoding : TokenwiseDecoding
{
    private readonly long seed;
    private readonly double temperature, topP;
    private readonly int topK;

    /// <param name="seed">Of the draws: the same seed gives the same texts.</param>
    /// <param name="temperature">Logits are divided by it; above 0.</param>
    /// <param name="topK">How many of the likeliest tokens are drawn from; 0 for all.</param>
    /// <param name="topP">Probability that the tokens drawn from must reach together; above 0, 1 for all.</param>
    public SamplingDecoding(long seed, double temperature = 1, int topK = 0, double topP = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        ArgumentOutOfRangeException.ThrowIfNegative(topK);
        if (!(topP is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(topP));
        (this.seed, this.temperature, this.topK, this.topP) = (seed, temperature, topK, topP);
    }

    private protected override Func<Tensor, IReadOnlyList<int>, int[]> NewChoice(IReadOnlyList<int> numbers)
    {
        var streams = numbers.Select(number => SeededRandom.Stream(seed, number)).ToArray();
        return (logits, texts) => Draw(logits, [.. texts.Select(text => streams[text].NextDouble())]);
    }

    /// <summary>The tokens at which the distribution functions, tokens in falling order of probability, exceed the given uniforms.</summary>
    internal int[] Draw(Tensor logits, double[] uniforms)
    {
        var kept = topK == 0 ? logits.shape[1] : Math.Min(topK, logits.shape[1]);
        var (scores, ids) = logits.to(ScalarType.Float64).Times(1 / temperature).topk((int)kept, 1, largest: true, sorted: true);
        var probabilities = scores.softmax(1);
        var before = probabilities.cumsum(1).Plus(probabilities.neg());
        var reached = probabilities.mul(before.lt(tensor(topP, device: logits.device)).to(ScalarType.Float64)).cumsum(1);
        var thresholds = reached.select(1, -1).mul(tensor(uniforms, device: logits.device));
        var places = reached.le(thresholds.unsqueeze(1)).sum(1L).minimum(tensor(kept - 1, device: logits.device));
        return [.. ids.gather(1, places.unsqueeze(1)).cpu().data<long>().ToArray().Select(id => (int)id)];
    }
}
