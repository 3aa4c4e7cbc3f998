using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Training.FirstOrder;
using static TorchSharp.torch;

namespace LmoDp.Training.Auditing;

/// <summary>
/// A source of gradients with an adversary at its mouth, who sees every released mean and nothing else of the run. For each canary he adds up the log likelihood ratio of what stands at its place, with
/// the canary in the data against without it, under the guarantee that is claimed.
/// </summary>
/// <param name="audited">The source; disposed with this one.</param>
/// <param name="claimed">What it is said to do.</param>
/// <param name="canaries">Whose presence is in question.</param>
/// <param name="expected">What all others are expected to add to a step's sum at the canaries' places, for the parameters as they are.</param>
internal sealed class WatchedGradient(GradientSource audited, PrivacyPlan claimed, IReadOnlyList<GradientCanary> canaries, Func<IReadOnlyList<GradientCanary>, double[]> expected) : GradientSource
{
    private readonly double[] scores = new double[canaries.Count];

    /// <summary>One a canary: the higher, the likelier that it was included.</summary>
    public IReadOnlyList<double> Scores => scores;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Next(int step)
    {
        var others = expected(canaries);
        var released = audited.Next(step);
        var seen = GradientCanary.At(canaries, name => released[name]);
        for (var i = 0; i < scores.Length; i++)
        {
            var shifted = (seen[i] * claimed.ExpectedBatchSize - others[i]) / claimed.Sensitivity;
            if (double.IsFinite(shifted))
                scores[i] += LikelihoodRatio.Subsampled(claimed.Release.Noise.PrivacyLoss(shifted, claimed.ClippingNorm / claimed.Sensitivity), claimed.SamplingRate);
        }
        return released;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        audited.Dispose();
        base.Dispose();
    }
}
