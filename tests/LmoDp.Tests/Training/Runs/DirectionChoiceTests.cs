using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

public class DirectionChoiceTests
{
    /// <summary>
    /// The response of the clipped mean to a shift by a central difference over common draws of the derivatives: 200,000, standard error below 0.003; accepted within 5 of them.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void TheResponseIsThatOfClippedGaussianVectors(int directions)
    {
        const double shift = 0.01;
        using var random = AesCtrRandomSource.FromSeed(3, "response");
        var clipping = new JointLatticeClipping(Math.Sqrt(directions), 1);
        var (x, response, separate) = (new double[directions], 0.0, 0.0);
        const int draws = 200_000;
        for (var i = 0; i < draws; i++)
        {
            GaussianSampler.Fill(random, x);
            response += (At(shift) - At(-shift)) / (2 * shift) / draws;
            separate += (Math.Clamp(x[0] + shift, -1, 1) - Math.Clamp(x[0] - shift, -1, 1)) / (2 * shift) / draws;
        }
        Assert.Equal(DirectionChoice.JointResponse(directions), response, 0.015);
        Assert.Equal(DirectionChoice.SeparateResponse, separate, 0.015);

        double At(double by)
        {
            double[] shifted = [.. x];
            shifted[0] += by;
            return clipping.Clipped(shifted)[0];
        }
    }

    /// <summary>Gaussian noise is as wide for K numbers of sensitivity 1 as for a vector of sensitivity sqrt(K), so that joint clipping is predicted to err less, by the ratio of the responses.</summary>
    [Fact]
    public void WithGaussianNoiseJointClippingErrsLess()
    {
        var separate = new PrivacyPlan(1000, 0.1, 10, 1, new ScalarRelease(new GaussianLaw(4)), double.PositiveInfinity, 1e-5, perDraw: 4);
        var joint = new PrivacyPlan(1000, 0.1, 10, 2, new VectorRelease(new GaussianLaw(2)), double.PositiveInfinity, 1e-5);
        Assert.Equal(separate.Epsilon.Upper, joint.Epsilon.Upper, 1e-3 * joint.Epsilon.Upper);
        Assert.Equal(DirectionChoice.SeparateResponse / DirectionChoice.JointResponse(4), DirectionChoice.PredictedError(joint, 4) / DirectionChoice.PredictedError(separate, 4), 1e-12);
        Assert.InRange(DirectionChoice.JointResponse(2) / DirectionChoice.SeparateResponse, 1.125, 1.135);
    }
}
