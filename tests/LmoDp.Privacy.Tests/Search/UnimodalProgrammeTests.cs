using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>
/// The convex programme for one release against the optimum of the same linear programme by a simplex method. Reference values: scipy.optimize.linprog (HiGHS, dual simplex and interior point
/// agree to all digits shown). Variables w_0..w_K and u_y, y = -K..K+m; minimise the sum of c_k w_k; w_0 + 2 w_1 + ... + 2 w_(K-1) + 2 w_K / (1 - r) = 1; w_(k+1) &lt;= w_k;
/// P_y - e^epsilon Q_y &lt;= u_y, sum u_y &lt;= delta, P_y = q w_|y-m| + (1 - q) w_|y|, Q_y = w_|y|, w_(K+i) = w_K r^i, the outcomes up to -K and from K + m on each summed to one; c_k = 2 (k/m)^2 (or
/// 2 k/m), the tail's cost at K. Scaled by w_k = max(e^(-epsilon k/m), delta) v_k, rows and u likewise, so that a tolerance of 1e-10 is a relative one.
/// </summary>
public class UnimodalProgrammeTests
{
    [Theory]
    [InlineData(1, 1e-3, 1.0, 1, 12, 0.9, "std", 1.77389990711)]
    [InlineData(1, 1e-3, 1.0, 2, 24, 0.9, "std", 1.86032780711)]
    [InlineData(1, 1e-3, 1.0, 3, 36, 0.9, "std", 1.84718288523)]
    [InlineData(1, 1e-3, 1.0, 3, 36, 0.9, "mean-abs", 0.945739315578)]
    [InlineData(1, 1e-3, 1.0, 3, 36, 0.9, "usefulness:1.5", 0.196942404681)]
    [InlineData(1, 1e-5, 0.2, 1, 24, 0.9, "std", 0.259569297754)]
    [InlineData(1, 1e-5, 0.2, 2, 48, 0.9, "std", 0.299270948506)]
    [InlineData(0.1, 1e-3, 0.5, 3, 120, 0.15, "std", 42.3672980249)]
    [InlineData(0.3, 1e-10, 1.0, 1, 100, 0.27, "std", 22.0562998)]
    [InlineData(0.3, 1e-10, 1.0, 3, 300, 0.27, "std", 22.1303739)]
    public void One_release_is_the_optimum_of_the_linear_programme(double epsilon, double delta, double samplingRate, int m, int last, double slope, string objective, double optimum)
    {
        var frame = new LatticeFrame(m, last, Math.Exp(-slope / m), Objective.Parse(objective));
        var pairs = new LatticePairs(frame, samplingRate, Adjacency.Remove);
        // Falling by 0.9 epsilon a sensitivity costs no delta at all.
        var start = SearchFrames.Normalised(frame, [.. Enumerable.Range(0, last + 1).Select(k => Math.Exp(-0.9 * epsilon * k / m))]);
        var solution = new UnimodalProgramme(pairs, new HockeyStickBarrier(epsilon, delta)).Solve(start);

        // The reference is itself good to some 1e-8.
        Assert.InRange(solution.Cost, optimum * (1 - 1e-7), optimum * (1 + 2e-5));
        Assert.InRange(solution.LowerBound, optimum * (1 - 2e-4), optimum * (1 + 1e-7));
        Assert.True(solution.Divergence <= delta);
        Close.Relative(1, LatticeFrame.Dot(frame.Masses, solution.Weights), 1e-12, "mass");
        for (var k = 0; k < last; k++)
            Assert.True(solution.Weights[k + 1] <= solution.Weights[k]);
    }

    /// <summary>The figures for one release at (0.3, 1e-10): 0.2507 and 0.2512 of the calibrated Gaussian's standard deviation.</summary>
    [Fact]
    public void Optimum_relative_to_the_calibrated_gaussian()
    {
        var gaussian = Calibration.Calibrate(new ScalarRelease(new GaussianLaw(1)), 0.3, 1e-10, 1, 1).Noise.StandardDeviation;
        Assert.Equal(0.2507, Math.Sqrt(22.0562998) / gaussian, 5e-5);
        Assert.Equal(0.2512, Math.Sqrt(22.1303739) / gaussian, 5e-5);
    }

    /// <summary>Weak duality: no law that does not increase and keeps the bound costs less than the bound says. Random ones and those on the way to the solution.</summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]
    public void No_feasible_law_beats_the_lower_bound(double samplingRate)
    {
        var frame = new LatticeFrame(2, 20, Math.Exp(-0.4), Objective.StandardDeviation);
        var pairs = new LatticePairs(frame, samplingRate, Adjacency.Remove);
        var start = SearchFrames.Normalised(frame, [.. Enumerable.Range(0, frame.Last + 1).Select(k => Math.Exp(-0.4 * k))]);
        var programme = new UnimodalProgramme(pairs, new HockeyStickBarrier(1, 1e-4));
        var solution = programme.Solve(start);
        // A rough solution has a rough bound, which must hold all the same.
        var rough = programme.Solve(start, firstGap: 0.5, lastGap: 0.5);
        Assert.True(rough.LowerBound <= solution.Cost);
        NoneCheaper(frame, programme, 1e-4, solution, solution.LowerBound);
        NoneCheaper(frame, programme, 1e-4, rough, solution.LowerBound);
    }

    /// <summary>The bound of a priced divergence: here the moment of order 4.</summary>
    [Fact]
    public void A_priced_divergence_ends_at_its_bound_and_its_lower_bound_holds()
    {
        var frame = new LatticeFrame(2, 40, Math.Exp(-0.2), Objective.StandardDeviation);
        var pairs = new LatticePairs(frame, 0.5, Adjacency.Remove);
        var term = new DivergencePrice(new RenyiMoment(4), 0.05, 10);
        var programme = new UnimodalProgramme(pairs, term);
        var solution = programme.Solve(SearchFrames.Geometric(frame));
        Close.Relative(0.05, solution.Divergence, 1e-5, "divergence");
        Assert.InRange(solution.LowerBound, solution.Cost * (1 - 1e-5), solution.Cost);
        NoneCheaper(frame, programme, solution.Divergence, solution, solution.LowerBound);
    }

    /// <summary>Laws on the way from one to random others.</summary>
    private static void NoneCheaper(LatticeFrame frame, UnimodalProgramme programme, double bound, UnimodalProgramme.Solution from, double lowerBound)
    {
        var (random, feasible) = (new Random(8), 0);
        for (var repetition = 0; repetition < 20000; repetition++)
        {
            var towards = repetition % 2 == 0 ? SearchFrames.Unimodal(frame, random) : SearchFrames.Flats(frame, random);
            var share = Math.Pow(10, -6 * random.NextDouble());
            double[] law = [.. from.Weights.Zip(towards, (best, other) => best + (share * (other - best)))];
            if (programme.Divergence(law) > bound)
                continue;
            feasible++;
            Assert.True(LatticeFrame.Dot(frame.Costs, law) >= lowerBound, FormattableString.Invariant($"{LatticeFrame.Dot(frame.Costs, law):R} below {lowerBound:R}"));
        }
        Assert.True(feasible > 500, $"only {feasible} laws were feasible");
    }
}
