using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Auditing;

/// <summary>
/// What a training run publishes about one example of which everything else is known: in each step the example takes part with the sampling rate and then shifts each release by the
/// whole sensitivity, all of it drawn by the samplers that training uses. The score is the log likelihood ratio of all steps together.
/// </summary>
public sealed class SampledReleases : AuditedMechanism
{
    private readonly IReadOnlyList<Steps> steps;

    /// <param name="composition">The steps, as they are accounted for.</param>
    /// <param name="dimensions">Coordinates of a vector release, over which the shift is spread evenly; 1 for scalar releases.</param>
    /// <param name="drawn">The noise that is really drawn; null for that which is accounted for, as it should be.</param>
    /// <exception cref="BadInputException">A scalar release has no further dimensions.</exception>
    public SampledReleases(Composition composition, int dimensions = 1, NoiseLaw? drawn = null)
    {
        ArgumentNullException.ThrowIfNull(composition);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        if (dimensions != 1 && composition.Groups.Any(group => group.Release is ScalarRelease))
            throw new BadInputException("a scalar release has one dimension: say --release vector, or leave --dimensions out");
        steps = [.. composition.Groups.Select(group => new Steps(group, dimensions, drawn ?? group.Release.Noise))];
    }

    /// <inheritdoc/>
    public override double Score(RandomSource random, bool present) => steps.Sum(equal => equal.Score(random, present));

    /// <summary>Equal steps.</summary>
    private sealed class Steps(ReleaseGroup group, int dimensions, NoiseLaw drawn)
    {
        private readonly PoissonSubsampler subsampler = new(group.SamplingRate);
        private readonly double shift = 1 / Math.Sqrt(dimensions);
        private readonly double[] noise = new double[dimensions * group.PerDraw];

        public double Score(RandomSource random, bool present)
        {
            var total = 0.0;
            for (var step = 0L; step < group.Steps; step++)
            {
                var takesPart = present && subsampler.Draw(random, 1).Count == 1;
                drawn.Sample(random, noise);
                var ratio = 0.0;
                foreach (var draw in noise)
                    ratio += group.Release.Noise.PrivacyLoss(takesPart ? draw + shift : draw, shift);
                total += LikelihoodRatio.Subsampled(ratio, group.SamplingRate);
            }
            return total;
        }
    }
}
