using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

public class ComposedProfileTests
{
    /// <summary>Floor + F is the composed delta: against the sum over all outcomes of all T steps.</summary>
    [Theory]
    [InlineData(2, 1.0, "random")]
    [InlineData(3, 1.0, "random")]
    [InlineData(4, 1.0, "random")]
    [InlineData(6, 1.0, "random")]
    [InlineData(2, 0.1, "random")]
    [InlineData(3, 0.3, "random")]
    [InlineData(6, 0.1, "random")]
    [InlineData(2, 1.0, "geometric")]
    [InlineData(3, 1.0, "geometric")]
    [InlineData(5, 1.0, "geometric")]
    [InlineData(4, 0.2, "geometric")]
    public void Composed_delta_agrees_with_the_sum_over_all_outcomes(int steps, double samplingRate, string shape)
    {
        var frame = new LatticeFrame(2, 16, Math.Exp(-0.3), Objective.StandardDeviation);
        var weights = shape == "random" ? SearchFrames.Unimodal(frame, new Random(steps)) : SearchFrames.Geometric(frame);
        var pairs = new LatticePairs(frame, samplingRate, Adjacency.Remove);
        var (losses, masses) = pairs.Losses(weights);
        var step = ExactComposition.Step(SearchFrames.Probabilities(frame, weights), frame.StepsPerSensitivity, samplingRate);
        var largest = steps * losses.Max();
        foreach (var share in new[] { 0.11, 0.35, 0.57, 0.85 })
        {
            var epsilon = share * largest;
            var exact = ExactComposition.Delta(step, steps, epsilon);
            var profile = new ComposedProfile(losses, masses, steps - 1, epsilon);
            var divergence = new UnimodalProgramme(pairs, new DivergencePrice(profile, 1, 1)).Divergence(weights);
            Close.Relative(exact, profile.Floor + divergence, 1e-6, FormattableString.Invariant($"delta at {epsilon:R}"));
        }
    }

    /// <summary>Where epsilon is itself a sum of losses, delta has a corner, and the profile is good to the width of its cells only.</summary>
    [Fact]
    public void At_a_corner_the_profile_is_good_to_1e_4()
    {
        var frame = new LatticeFrame(2, 16, Math.Exp(-0.3), Objective.StandardDeviation);
        var pairs = new LatticePairs(frame, 1, Adjacency.Remove);
        var weights = SearchFrames.Geometric(frame);
        var (losses, masses) = pairs.Losses(weights);
        var exact = ExactComposition.Delta(ExactComposition.Step(SearchFrames.Probabilities(frame, weights), 2, 1), 5, 1.8);
        var profile = new ComposedProfile(losses, masses, 4, 1.8);
        Close.Relative(exact, profile.Floor + new UnimodalProgramme(pairs, new DivergencePrice(profile, 1, 1)).Divergence(weights), 1e-4);
    }

    /// <summary>T times the gradient of F is the gradient of the composed delta: differences of the exact one, along the way to another law.</summary>
    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(3, 0.3)]
    [InlineData(5, 1.0)]
    public void Gradient_times_steps_is_that_of_the_composed_delta(int steps, double samplingRate)
    {
        var frame = new LatticeFrame(2, 14, Math.Exp(-0.3), Objective.StandardDeviation);
        var pairs = new LatticePairs(frame, samplingRate, Adjacency.Remove);
        var (weights, other) = (SearchFrames.Unimodal(frame, new Random(1)), SearchFrames.Unimodal(frame, new Random(2)));
        var (losses, masses) = pairs.Losses(weights);
        var epsilon = 0.4 * steps * losses.Max();
        double Exact(double share) => ExactComposition.Delta(
            ExactComposition.Step(SearchFrames.Probabilities(frame, [.. weights.Zip(other, (a, b) => a + (share * (b - a)))]), frame.StepsPerSensitivity, samplingRate), steps, epsilon);

        var profile = new ComposedProfile(losses, masses, steps - 1, epsilon);
        var (p, q) = (new double[losses.Length], new double[losses.Length]);
        pairs.Probabilities(weights, p, q);
        var derivatives = new PrivacyTerm.Derivatives[p.Length];
        new DivergencePrice(profile, 1, 1).Expand(p, q, 1, derivatives);
        var gradient = new double[weights.Length];
        pairs.Pull(derivatives, gradient, rank: false);
        var along = Enumerable.Range(0, weights.Length).Sum(k => gradient[k] * (other[k] - weights[k]));

        // F leaves out the part of slope that laws of mass 1 do not see.
        Close.Relative((Exact(1e-5) - Exact(-1e-5)) / 2e-5, steps * along, 1e-3, "slope");
    }
}
