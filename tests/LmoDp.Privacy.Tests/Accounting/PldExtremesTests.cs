using System.Diagnostics;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>Far from what anybody needs: proven bounds all the same, soon, and where it is possible tight.</summary>
public class PldExtremesTests(ITestOutputHelper output)
{
    private const string Lmo = "lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=5,b=6";

    /// <summary>The widths are about twice those measured; 1 where no more is promised than that the bounds hold.</summary>
    [Theory]
    [InlineData("gaussian:std=0.05", 1e-9, 1_000_000, 1, 1e-200, 1)]
    [InlineData("gaussian:std=0.05", 1e-6, 3, 1, 1e-10, 3e-4)]
    [InlineData("gaussian:std=0.05", 0.01, 3, 1, 1e-10, 1e-4)]
    [InlineData("gaussian:std=1", 0.5, 3, 1, 1e-300, 1e-4)]
    [InlineData("gaussian:std=10000", 0.5, 1_000_000, 1, 1e-200, 2e-4)]
    [InlineData("gaussian:std=3", 1e-4, 100, 3, 1e-200, 3e-4)]
    [InlineData("gaussian:std=1", 0.01, 1_000_000_000, 1, 1e-10, 2e-2)]
    [InlineData("gaussian:std=1000000", 0.01, 1_000_000_000, 1, 1e-10, 2e-2)]
    [InlineData("gaussian:std=0.001", 0.01, 1000, 1, 1e-10, 0.5)]
    [InlineData("laplace:scale=1", 0.1, 100, 3, 1e-200, 1e-4)]
    [InlineData("laplace:scale=0.001", 0.001, 10_000, 1, 1e-5, 0.1)]
    [InlineData("laplace:scale=1000000", 1e-7, 10, 1, 1e-300, 1)]
    [InlineData("generalised-gaussian:std=3,power=1.4", 0.01, 10, 8, 1e-200, 1e-2)]
    [InlineData(Lmo, 1e-7, 1_000_000, 1, 1e-10, 1e-4)]
    [InlineData(Lmo, 0.1, 30, 2, 1e-6, 3e-4)]
    public void Bounds_come_soon_and_are_ordered(string law, double samplingRate, long steps, int perDraw, double delta, double width)
    {
        var clock = Stopwatch.StartNew();
        var bounds = PldAccountant.Epsilon(Scalar(NoiseLawParser.Parse(law), samplingRate, steps, perDraw), delta);

        Assert.True(bounds.Lower <= bounds.Upper && double.IsFinite(bounds.Upper) && bounds.RelativeWidth <= width, $"{bounds} is {bounds.RelativeWidth:E1} wide");
        // A second or two on an idle core; the slowest of these took minutes.
        Assert.True(clock.Elapsed.TotalSeconds < 20, clock.Elapsed.ToString());
    }

    [Theory]
    [InlineData(1, 1.30874770844772e-20, 5e-3)]
    [InlineData(3, 9.26475472590665e-32, 1e-2)]
    public void A_delta_that_a_few_large_losses_decide_is_bracketed_tightly(double epsilon, double exact, double width) =>
        Holds(PldAccountant.Delta(Scalar(new GaussianLaw(1), 1e-4, 100_000), epsilon), exact, width, "contour integrals in 60 digits");

    /// <summary>delta of two steps is the mean over one loss of the other step's delta, which has a closed form; only outcomes near the shift count, where the loss has its peak.</summary>
    [Fact]
    public void Two_steps_near_the_largest_loss_agree_with_quadrature()
    {
        const double q = 0.9, delta = 1e-10;
        var law = (ContinuousLaw)NoiseLawParser.Parse(Lmo).Scale(0.05);
        var release = new OneRelease(law);
        double Loss(double z) => SubsampledLoss.Subsampled(law.PrivacyLoss(z, 1), q);
        double One(double epsilon) => q * release.Delta(Math.Log((Math.Exp(epsilon) - 1 + q) / q));
        double Two(double epsilon)
        {
            var (sum, least) = (0.0, epsilon - Loss(1));
            foreach (var side in new[] { -1, 1 })
            {
                var (near, far) = (0.0, 0.1);
                for (var i = 0; i < 60; i++)
                    (near, far) = Loss(1 + side * (near + far) / 2) > least ? ((near + far) / 2, far) : (near, (near + far) / 2);
                const int nodes = 100;
                for (var i = 0; i < nodes; i++)
                {
                    var z = 1 + side * near * (i + 0.5) / nodes;
                    sum += near / nodes * ((1 - q) * Math.Exp(law.LogDensity(z)) + q * Math.Exp(law.LogDensity(z - 1))) * One(epsilon - Loss(z));
                }
            }
            return sum;
        }

        var bounds = PldAccountant.Epsilon(Scalar(law, q, 2), delta);

        Assert.True(Two(bounds.Upper) <= delta * 1.001, FormattableString.Invariant($"{bounds}: {Two(bounds.Upper)}"));
        Assert.True(Two(bounds.Lower) >= delta * 0.999, FormattableString.Invariant($"{bounds}: {Two(bounds.Lower)}"));
        Assert.True(bounds.RelativeWidth <= 1e-4, bounds.ToString());
    }

    [Theory]
    [InlineData(2, 1e-4)]
    [InlineData(5, 1e-4)]
    public void Few_steps_near_the_largest_loss_are_bracketed_tightly(long steps, double width)
    {
        var bounds = PldAccountant.Epsilon(Scalar(NoiseLawParser.Parse(Lmo).Scale(0.05), 0.9, steps), 1e-10);

        Assert.True(bounds.RelativeWidth <= width, bounds.ToString());
    }

    [Fact]
    public void No_bound_is_above_the_pure_epsilon()
    {
        foreach (var delta in new[] { 1e-5, 1e-300 })
            Assert.InRange(PldAccountant.Epsilon(Scalar(new LaplaceLaw(1e-6), 1, 1), delta).Upper, 1e6 * (1 - 1e-6), 1e6 * (1 + 1e-12));
    }

    /// <summary>No bracket, but an answer.</summary>
    [Theory]
    [InlineData("laplace:scale=8")]
    [InlineData("laplace:scale=512")]
    [InlineData("laplace:scale=68719476736")]
    [InlineData("gaussian:std=1")]
    [InlineData("gaussian:std=1e12")]
    [InlineData(Lmo)]
    public void As_many_steps_as_a_number_holds(string law)
    {
        var composition = Scalar(NoiseLawParser.Parse(law), 0.01, long.MaxValue);
        foreach (var bounds in new[] { PldAccountant.Epsilon(composition, 1e-5), PldAccountant.Delta(composition, 1) })
            Assert.True(bounds.Lower >= 0 && bounds.Lower <= bounds.Upper && double.IsFinite(bounds.Upper), bounds.ToString());
    }

    [Fact]
    public void Gaussian_steps_of_all_examples_are_one_Gaussian_however_many()
    {
        var exact = new OneRelease(new GaussianLaw(1), Math.Sqrt(1e9 / 9 + 8)).Epsilon(1e-12);
        var composition = new Composition(
            new ReleaseGroup(new ScalarRelease(new GaussianLaw(3)), 1, 1_000_000_000), new ReleaseGroup(new VectorRelease(new GaussianLaw(1)), 1, 2, perDraw: 4));

        Holds(PldAccountant.Epsilon(composition, 1e-12), exact, 1e-6, "sensitivities relative to the noise add up in squares");
    }

    [Fact]
    public void Losses_in_the_hundreds_are_known_from_their_tail()
    {
        // The second law's mass is below the range of a double.
        foreach (var delta in new[] { 1e-3, 1e-12, 1e-100 })
            Holds(PldAccountant.Epsilon(Scalar(new GaussianLaw(0.03), 1, 1), delta), new OneRelease(new GaussianLaw(0.03)).Epsilon(delta), 1e-3, FormattableString.Invariant($"delta {delta}"));
    }

    [Fact]
    public void Three_groups_cost_more_than_two_and_less_than_their_sum()
    {
        ReleaseGroup[] groups =
        [
            new(new ScalarRelease(new GaussianLaw(1)), 0.01, 100), new(new ScalarRelease(new LaplaceLaw(2)), 0.01, 100), new(new ScalarRelease(NoiseLawParser.Parse(Lmo)), 0.1, 20),
        ];
        var all = PldAccountant.Epsilon(new Composition(groups), 1e-10);

        Assert.True(all.RelativeWidth < 3e-4, all.ToString());
        Assert.True(all.Upper >= PldAccountant.Epsilon(new Composition(groups[..2]), 1e-10).Lower);
        Assert.True(all.Lower <= groups.Sum(group => PldAccountant.Epsilon(new Composition(group), 1e-10 / 3).Upper));
    }

    private const double OrdinaryWidth = 3e-3;

    /// <summary>
    /// Random places of a grid over everything: bounds are ordered and finite, come within a time limit, agree with the Rényi accountant (an upper bound by another road), and do not contradict
    /// those at a neighbour that must cost at least as much.
    /// </summary>
    [Theory]
    [Trait("Category", "Soak")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_sweep_over_everything(int seed)
    {
        double[] scales = [1e-3, 1e-2, 0.05, 0.3, 1, 3, 10, 1e3, 1e6], rates = [1e-9, 1e-7, 1e-4, 1e-3, 0.03, 0.3, 0.9, 1];
        double[] deltas = [0.999, 0.5, 1e-2, 1e-5, 1e-10, 1e-30, 1e-100, 1e-200, 1e-300];
        long[] steps = [1, 2, 3, 5, 10, 100, 10_000, 1_000_000, 1_000_000_000];
        var random = new Random(seed);
        var failures = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            var (law, scale, rate, step, delta, perDraw) = (random.Next(5), random.Next(9), random.Next(8), random.Next(9), random.Next(9), random.Next(2) == 0 ? 1 : 1 + random.Next(8));
            Composition At(int s, int q, int t) => Scalar(Law(law, scales[s]), rates[q], steps[t], perDraw);
            var case_ = FormattableString.Invariant($"{Law(law, scales[scale])} q={rates[rate]} T={steps[step]} K={perDraw} delta={deltas[delta]}");
            // A lattice rounded anew is another law, so its scale has no neighbours.
            var neighbour = random.Next(law == 4 ? 3 : 4);
            // Told beforehand (live output shows it), so that a hang can be located.
            output.WriteLine($"{seed}.{i}: {case_}");
            void Require(bool holds, string fault)
            {
                if (!holds)
                    failures.Add($"{seed}.{i} {case_}: {fault}");
            }
            T Timed<T>(Func<T> what, string name)
            {
                var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                var result = what();
                // Of the processor where others use it too.
                var seconds = Math.Min(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
                Require(seconds < 20, FormattableString.Invariant($"{name} took {seconds:F1} s"));
                output.WriteLine(FormattableString.Invariant($"  {name} {result} {seconds:F2} s"));
                return result;
            }
            try
            {
                var bounds = Timed(() => PldAccountant.Epsilon(At(scale, rate, step), deltas[delta]), "epsilon");
                Require(bounds.Lower >= 0 && bounds.Lower <= bounds.Upper && double.IsFinite(bounds.Upper), bounds.ToString());
                // Where somebody might ask: a lower bound of 0 could not contradict anything.
                var expected = rates[rate] * steps[step];
                if (deltas[delta] is >= 1e-15 and <= 0.1 && expected is >= 1e-2 and <= 1e4 && bounds.Upper is >= 1e-3 and <= 100)
                    Require(bounds.RelativeWidth <= OrdinaryWidth, FormattableString.Invariant($"{bounds} is {bounds.RelativeWidth:E1} wide"));
                var dearer = Timed(() => neighbour switch
                {
                    0 => PldAccountant.Epsilon(At(scale, rate, step), deltas[Math.Min(delta + 1, 8)]),
                    1 => PldAccountant.Epsilon(At(scale, rate, Math.Min(step + 1, 8)), deltas[delta]),
                    2 => PldAccountant.Epsilon(At(scale, Math.Min(rate + 1, 7), step), deltas[delta]),
                    _ => PldAccountant.Epsilon(At(Math.Max(scale - 1, 0), rate, step), deltas[delta]),
                }, $"neighbour {neighbour}");
                Require(dearer.Upper >= bounds.Lower, $"{bounds}, but what costs more {dearer}");
                if (perDraw == 1)
                    Require(Timed(() => RenyiAccountant.Epsilon(At(scale, rate, step), deltas[delta]).Epsilon, "Renyi") is var renyi && renyi >= bounds.Lower * (1 - 1e-9), $"the Rényi bound {renyi:R} is below {bounds}");
            }
            catch (Exception fault)
            {
                Require(false, fault.ToString());
            }
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static NoiseLaw Law(int which, double scale) => which switch
    {
        0 => new GaussianLaw(scale),
        1 => new LaplaceLaw(scale),
        2 => new GeneralisedGaussianLaw(scale, 1.4),
        3 => NoiseLawParser.Parse(Lmo).Scale(scale),
        _ => LatticeRounding.Round(new GaussianLaw(scale), scale > 100 ? 1 : scale < 0.1 ? 64 : 8),
    };
}
