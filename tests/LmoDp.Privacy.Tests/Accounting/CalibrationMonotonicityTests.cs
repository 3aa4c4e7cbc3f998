using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The calibrated scale never moves the wrong way in any argument by more than the width that it is found to.</summary>
public class CalibrationMonotonicityTests(ITestOutputHelper output)
{
    private static readonly NoiseLaw[] Shapes =
    [
        new GaussianLaw(1),
        new LaplaceLaw(1),
        new GeneralisedGaussianLaw(1, 1.4),
        NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=5,b=6"),
        new GeneralisedGaussianLaw(1, 1.7),
    ];

    /// <summary>The last shape stands for lattices: scaled by much, a lattice law is a staircase, whose epsilon is not monotone in the scale; so it is rounded near its scale.</summary>
    private static NoiseLaw OnLattice(NoiseLaw shape, Target target) =>
        LatticeLaw.Rounded(Calibration.Calibrate(new ScalarRelease(shape), target.Epsilon, target.Delta, target.SamplingRate, target.Steps, relativeScale: 1e-3).Noise.Scale(0.97), 16);

    [Fact]
    public void Noise_is_monotone_in_every_argument() => Swept(10, 1);

    [Fact]
    [Trait("Category", "Soak")]
    public void Noise_is_monotone_in_every_argument_at_hundreds_of_places() => Swept(400, 2);

    /// <summary>
    /// Epsilon from 0.05 to 5, delta from 1e-12 to 1e-4, q from 0.003 to 1 (1 in one case of five), T from 1 to 1000, all uniform in logarithm; the neighbour differs in one argument by a part in 10 to 10^6.
    /// Shapes and arguments take turns.
    /// </summary>
    private void Swept(int pairs, int seed)
    {
        var random = new Random(seed);
        double Between(double low, double high) => low * Math.Pow(high / low, random.NextDouble());
        var failures = new List<string>();
        for (var i = 0; i < pairs; i++)
        {
            var (shape, argument, by) = (Shapes[i % Shapes.Length], i % 4, Between(1e-6, 0.1));
            var here = new Target(Between(0.05, 5), Between(1e-12, 1e-4), i % 5 == i / 5 % 5 ? 1 : Between(0.003, 1), (long)Between(1, 1000));
            var cheaper = argument switch
            {
                0 => here with { Epsilon = here.Epsilon * (1 + by) },
                1 => here with { Delta = here.Delta * (1 + by) },
                2 => here with { SamplingRate = here.SamplingRate * (1 - by) },
                _ => here with { Steps = Math.Max(here.Steps - Math.Max((long)(by * here.Steps), 1), 1) },
            };
            if (shape == Shapes[^1])
                shape = OnLattice(shape, here);
            output.WriteLine(FormattableString.Invariant($"{seed}.{i}: {shape.Description} {here}, cheaper {cheaper}"));
            var (more, less) = (Noise(shape, here), Noise(shape, cheaper));
            if (!(more >= less * (1 - 1.0001 * Calibration.RelativeScale)))
                failures.Add(FormattableString.Invariant($"{seed}.{i} {shape.Description} {here}: {more:R}, but {less:R} ({less / more - 1:E1} more) for {cheaper}"));
        }
        Assert.True(failures.Count == 0, $"{failures.Count} of {pairs}\n{string.Join('\n', failures)}");
    }

    private readonly record struct Target(double Epsilon, double Delta, double SamplingRate, long Steps);

    private static double Noise(NoiseLaw shape, Target target) =>
        Calibration.Calibrate(new ScalarRelease(shape), target.Epsilon, target.Delta, target.SamplingRate, target.Steps).Noise.MeanAbsolute;
}
