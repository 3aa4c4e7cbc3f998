using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class GeneralisedGaussianLawTests
{
    public static TheoryData<double, string> Ends => new()
    {
        { 1, "laplace:scale=1.4142135623730951" },
        { 2, "gaussian:std=2" },
    };

    /// <summary>At power 1 and 2 the law is Laplace's and Gauss's, in every figure.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public void TheEndsOfTheFamilyAreLaplaceAndGaussian(double power, string name)
    {
        var law = new GeneralisedGaussianLaw(2, power);
        var known = NoiseLawParser.Parse(name);
        Close.Relative(known.StandardDeviation, law.StandardDeviation, 1e-14);
        Close.Relative(known.MeanAbsolute, law.MeanAbsolute, 1e-13);
        Close.Relative(known.FisherInformation, law.FisherInformation, 1e-13);
        Close.Relative(known.Entropy, law.Entropy, 1e-13);
        foreach (var x in new[] { 1e-9, 0.01, 0.5, 1, 1.9, 2.1, 3, 10, 30, 60 })
        {
            Close.Relative(known.LogDensity(x), law.LogDensity(x), 1e-13, $"log density at {x}");
            Close.Relative(known.LogSurvival(x), law.LogSurvival(x), 1e-13, $"log tail at {x}");
            Close.Relative(known.LogSurvival(-x), law.LogSurvival(-x), 1e-12, $"log distribution at {x}");
            Close.Relative(known.Usefulness(x), law.Usefulness(x), 1e-12, $"usefulness at {x}");
            Close.Relative(known.PrivacyLoss(x, 1), law.PrivacyLoss(x, 1), 1e-12, $"loss at {x}");
        }
        Assert.Equal(known.MaximumPrivacyLoss(1), law.MaximumPrivacyLoss(1), 1e-14);
    }

    /// <summary>Reference: mpmath, gammainc(1/p, (x/alpha)^p, inf, regularized) / 2 with alpha = std sqrt(Gamma(1/p)/Gamma(3/p)), 40 digits.</summary>
    [Theory]
    [InlineData(1.4, 0.1, 0.4505133124595033)]
    [InlineData(1.4, 1, 0.1405520489317267)]
    [InlineData(1.4, 5, 4.6085636308033584e-05)]
    [InlineData(1.4, 40, 6.960524113359518e-69)]
    [InlineData(1.1, 3, 0.006306388952807913)]
    [InlineData(1.1, 200, 7.507068398636924e-185)]
    [InlineData(1.9, 2, 0.023522911482311216)]
    [InlineData(1.9, 30, 2.7870599906743418e-154)]
    public void TheTailBetweenThemIsRelativelyAccurate(double power, double x, double survival)
    {
        var law = new GeneralisedGaussianLaw(1, power);
        // A relative error of 1e-15 in the scale (two gamma functions) is worth that times |log survival|.
        Close.Relative(survival, law.Survival(x), 4e-15 * (10 - Math.Log(survival)));
        Close.Relative(Math.Log(survival), law.LogSurvival(x), 2e-14);
    }
}
