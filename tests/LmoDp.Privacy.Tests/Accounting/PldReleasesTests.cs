using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Tests.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>Several releases from one draw with lattice noise, as zeroth-order training makes them: against sums over outcomes, closed forms and other roads, and how wide the brackets are.</summary>
public class PldReleasesTests
{
    /// <summary>
    /// Two-sided geometric noise at one step to the sensitivity has two losses, +a and -a, so that K releases have a binomial number of the former: delta is a sum over T such numbers.
    /// </summary>
    [Theory]
    [InlineData(0.3, 2, 1)]
    [InlineData(0.3, 2, 3)]
    [InlineData(0.05, 5, 2)]
    [InlineData(1, 5, 3)]
    [InlineData(0.01, 16, 1)]
    [InlineData(0.01, 16, 3)]
    [InlineData(0.5, 64, 2)]
    [InlineData(0.2, 1024, 1)]
    public void Geometric_noise_agrees_with_sums_over_binomial_numbers(double samplingRate, int perDraw, int steps)
    {
        var law = new LatticeLaw(1, [1], new DyadicRatio(7, 3));
        var (loss, up) = (Math.Log(8.0 / 7), 8.0 / 15);
        var logFactorial = new double[perDraw + 1];
        for (var i = 1; i <= perDraw; i++)
            logFactorial[i] = logFactorial[i - 1] + Math.Log(i);
        var draw = Enumerable.Range(0, perDraw + 1).Select(i =>
        {
            var p = Math.Exp(logFactorial[perDraw] - logFactorial[i] - logFactorial[perDraw - i] + i * Math.Log(up) + (perDraw - i) * Math.Log(1 - up));
            return (P: p, Q: p * Math.Exp(loss * (perDraw - 2 * i)));
        }).ToArray();
        foreach (var epsilon in new[] { 0.02, 0.3, 1.1, 4 })
        {
            if (epsilon >= PldAccountant.Epsilon(Scalar(law, samplingRate, steps, perDraw), 0).Upper)
                continue;
            var exact = Math.Max(
                Delta([.. draw.Select(x => (samplingRate * x.P + (1 - samplingRate) * x.Q, x.Q))], steps, Math.Exp(epsilon)),
                Delta([.. draw.Select(x => (x.Q, samplingRate * x.P + (1 - samplingRate) * x.Q))], steps, Math.Exp(epsilon)));
            if (exact < 1e-30)
                continue;
            Holds(PldAccountant.Delta(Scalar(law, samplingRate, steps, perDraw), epsilon), exact, 3e-3, FormattableString.Invariant($"epsilon {epsilon}, exact {exact:R}"));
        }
    }

    /// <summary>The sum over all T-tuples of (P - growth Q)_+.</summary>
    private static double Delta((double P, double Q)[] step, int steps, double growth, double p = 1, double q = 1) =>
        steps == 0 ? Math.Max(p - growth * q, 0) : step.Sum(x => Delta(step, steps - 1, growth, p * x.P, q * x.Q));

    /// <summary>Too many losses for their sums to be listed: a grid, against the sum over all triples of outcomes.</summary>
    [Fact]
    public void A_grid_of_sums_agrees_with_the_sum_over_triples_of_outcomes()
    {
        const double q = 0.3;
        const int shift = 6;
        var law = LatticeLaw.Rounded(new GeneralisedGaussianLaw(2.5, 1.3), shift);
        var probabilities = Lattices.Probabilities(law);
        var last = Enumerable.Range(0, probabilities.Length).Last(i => probabilities[i] > 1e-14) - shift;
        var outcomes = Enumerable.Range(-last, 2 * last + shift + 1).Select(k => (P: probabilities[Math.Abs(k - shift)], Q: probabilities[Math.Abs(k)])).ToArray();
        // Far outcomes are one each; what they hold is below 1e-10 of delta.
        foreach (var epsilon in new[] { 0.2, 0.8 })
        {
            var exact = 0.0;
            var threshold = Math.Exp(epsilon) - 1 + q;
            foreach (var a in outcomes)
                foreach (var b in outcomes)
                {
                    var (p, r) = (q * a.P * b.P, threshold * a.Q * b.Q);
                    foreach (var c in outcomes)
                        exact += Math.Max(p * c.P - r * c.Q, 0);
                }

            var bounds = PldAccountant.Delta(Scalar(law, q, 1, perDraw: 3), epsilon);

            Assert.Null(SumsOfAtoms.Of(new LatticePair(law), 3, 1, 1e-30));
            Holds(bounds, exact, 2e-3, FormattableString.Invariant($"epsilon {epsilon}"), 1e-7);
        }
    }

    /// <summary>Gaussian noise rounded to a fine lattice is Gaussian noise post-processed, and K of those are one with K times the squared sensitivity.</summary>
    [Theory]
    [InlineData(4, 16, 0.03, 192, 1e-10)]
    [InlineData(2, 5, 0.01, 1000, 1e-5)]
    [InlineData(10, 2, 0.5, 10, 1e-6)]
    public void Rounded_Gaussian_noise_costs_a_hair_less_than_the_Gaussian(double std, int perDraw, double samplingRate, long steps, double delta)
    {
        var law = new GaussianLaw(std);
        var whole = PldAccountant.Epsilon(Scalar(law, samplingRate, steps, perDraw), delta);
        var rounded = PldAccountant.Epsilon(Scalar(LatticeLaw.Rounded(law, 64), samplingRate, steps, perDraw), delta);

        Assert.True(rounded.Lower <= whole.Upper && rounded.Upper >= whole.Lower * (1 - 1e-4), $"{rounded} and {whole}");
        Assert.True(rounded.RelativeWidth <= 3e-4, rounded.ToString());
    }

    [Theory]
    [InlineData("gaussian:std=1", 8, 0.01, 1000, 2, 1e-5)]
    [InlineData("gaussian:std=4", 8, 0.03, 192, 16, 1e-10)]
    [InlineData("gaussian:std=10", 256, 0.5, 10, 5, 1e-6)]
    [InlineData("laplace:scale=1", 8, 1, 1, 16, 1e-10)]
    [InlineData("laplace:scale=5", 64, 0.1, 1, 5, 1e-6)]
    [InlineData("laplace:scale=2", 256, 0.01, 1000, 2, 1e-5)]
    [InlineData("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=5,b=6", 64, 0.03, 192, 5, 1e-10)]
    [InlineData("generalised-gaussian:std=2,power=1.4", 32, 0.01, 100, 8, 1e-8)]
    public void Brackets_of_ordinary_lattices_are_narrow(string law, int stepsPerSensitivity, double samplingRate, long steps, int perDraw, double delta)
    {
        var bounds = PldAccountant.Epsilon(Scalar(LatticeLaw.Rounded(NoiseLawParser.Parse(law), stepsPerSensitivity), samplingRate, steps, perDraw), delta);

        Assert.True(bounds.RelativeWidth <= 1e-3, $"{bounds} is {bounds.RelativeWidth:E1} wide");
    }

    /// <summary>The same for any such lattice: 8 to 256 steps, 2 to 16 releases, q from 0.01 to 0.5, T up to 1000, where epsilon is between a hundredth and 20.</summary>
    [Fact]
    [Trait("Category", "Soak")]
    public void Brackets_of_many_ordinary_lattices_are_narrow()
    {
        var random = new Random(5);
        double Between(double low, double high) => low * Math.Pow(high / low, random.NextDouble());
        var (judged, failures) = (0, new List<string>());
        for (var i = 0; i < 150; i++)
        {
            var scale = Between(0.7, 20);
            NoiseLaw law = random.Next(4) switch
            {
                0 => new GaussianLaw(scale),
                1 => new LaplaceLaw(scale),
                2 => new GeneralisedGaussianLaw(scale, 1 + random.NextDouble()),
                _ => NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=5,b=6").Scale(scale),
            };
            var composition = Scalar(LatticeLaw.Rounded(law, (int)Between(8, 257)), Between(0.01, 0.5), (long)Between(1, 1000), (int)Between(2, 17));
            var delta = Between(1e-10, 1e-5);
            var bounds = PldAccountant.Epsilon(composition, delta);
            if (!(bounds.Upper >= 0.01 && bounds.Upper <= 20))
                continue;
            judged++;
            if (!(bounds.RelativeWidth <= 1e-3))
                failures.Add(FormattableString.Invariant($"{law} {composition.Groups[0].SamplingRate} {composition.Groups[0].Steps} {composition.Groups[0].PerDraw} {delta}: {bounds}"));
        }
        Assert.True(judged > 80 && failures.Count == 0, $"{judged}\n{string.Join('\n', failures)}");
    }

    /// <summary>Irregular lattices, whose few losses are far apart.</summary>
    [Theory]
    [InlineData("lattice:steps=3,ratio=87/2^8,weights=237623971+17430998+4477148+903981+764218+300651+35321+4563+169", 0.5, 1, 2, 5.05e-4, 1e-9)]
    [InlineData("lattice:steps=3,ratio=87/2^8,weights=237623971+17430998+4477148+903981+764218+300651+35321+4563+169", 0.5, 10, 4, 1e-6, 1e-3)]
    [InlineData("lattice:steps=1,ratio=3/2^3,weights=90+60", 0.1, 100, 8, 1e-6, 3e-4)]
    [InlineData("lattice:steps=2,ratio=1/2^1,weights=613356440+8641203+5838161+3651036+2957419+558+257+16+9+8", 0.007919515300884371, 3, 1, 9.29e-14, 3e-4)]
    [InlineData("lattice:steps=1,ratio=1/2^4,weights=900000+40000+1000+15", 0.3, 5, 1, 1e-12, 5e-4)]
    [InlineData("lattice:steps=64,ratio=1/2^40,weights=1099511627775", 0.5, 1, 2, 1e-5, 1e-3)]
    public void Brackets_of_irregular_lattices_are_narrow(string law, double samplingRate, long steps, int perDraw, double delta, double width)
    {
        var bounds = PldAccountant.Epsilon(Scalar(NoiseLawParser.Parse(law), samplingRate, steps, perDraw), delta);

        Assert.True(bounds.RelativeWidth <= width, $"{bounds} is {bounds.RelativeWidth:E1} wide");
    }

    /// <summary>At delta below the mass on the largest sum, epsilon is just below the sum of the largest losses: a lower bound of 0 there helps nobody.</summary>
    [Theory]
    [InlineData(16.6666, 1, 5, 1e-10)]
    [InlineData(14.1525 / 1.4142135623730951, 0.4, 17, 1e-15)]
    [InlineData(33.3333, 1, 10, 1e-10)]
    public void Near_pure_privacy_the_lower_bound_is_near_too(double scale, double samplingRate, long steps, double delta)
    {
        foreach (var law in new NoiseLaw[] { new LaplaceLaw(scale), LatticeLaw.Rounded(new LaplaceLaw(scale), 1), LatticeLaw.Rounded(new LaplaceLaw(scale), 8) })
        {
            var composition = Scalar(law, samplingRate, steps);
            var bounds = PldAccountant.Epsilon(composition, delta);

            Assert.True(bounds.RelativeWidth <= 2e-4, $"{law.Description}: {bounds} is {bounds.RelativeWidth:E1} wide");
            Assert.True(bounds.Upper <= PldAccountant.Epsilon(composition, 0).Upper);
        }
    }
}
