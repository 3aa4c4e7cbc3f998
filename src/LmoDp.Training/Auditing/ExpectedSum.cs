using LmoDp.Privacy.Sampling;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Loop;
using LmoDp.Training.Objectives;
using TorchSharp.Modules;

namespace LmoDp.Training.Auditing;

/// <summary>
/// What an adversary who knows all rows but no draw expects of them in a step's sum: he makes a draw of his own with the same rate. Without it the rows' sum, which may be far larger than a canary, would hide
/// the canaries; where every row takes part in every step it is exact.
/// </summary>
internal sealed class ExpectedSum : IDisposable
{
    private readonly Objective rows;
    private readonly UnitsOfPrivacy units;
    private readonly PerExampleClipping clipping;
    private readonly PoissonSubsampler subsampler;
    private readonly int tokenBudget;
    private readonly RandomSource random;

    /// <param name="rows">The loss of the rows.</param>
    /// <param name="units">Their units of privacy.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="rule">How gradients are clipped.</param>
    /// <param name="samplingRate">q.</param>
    /// <param name="tokenBudget">Tokens in a micro-batch.</param>
    /// <param name="random">The adversary's own randomness.</param>
    public ExpectedSum(Objective rows, UnitsOfPrivacy units, IReadOnlyList<(string Name, Parameter Parameter)> parameters, ClippingRule rule, double samplingRate, int tokenBudget, RandomSource random)
    {
        (this.rows, this.units, this.tokenBudget, this.random) = (rows, units, tokenBudget, random);
        clipping = new PerExampleClipping(rows.Model, parameters, rule);
        subsampler = new PoissonSubsampler(samplingRate);
    }

    /// <summary>At the canaries' places, for the parameters as they are now.</summary>
    public double[] At(IReadOnlyList<GradientCanary> canaries)
    {
        clipping.Reset();
        var drawn = subsampler.Draw(random, units.Count).SelectMany(unit => units.Examples(unit));
        foreach (var batch in MicroBatches.Divide(drawn, rows.Length, tokenBudget))
        {
            using var region = new UncollectedRegion();
            clipping.Accumulate(batch.Length, () => rows.Losses(batch), [.. batch.Select(units.Share)]);
        }
        var sums = clipping.Sums.ToDictionary(entry => entry.Name, entry => entry.Sum);
        return GradientCanary.At(canaries, name => sums[name]);
    }

    /// <inheritdoc/>
    public void Dispose() => clipping.Dispose();
}
