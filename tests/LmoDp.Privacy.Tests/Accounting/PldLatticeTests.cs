using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The loss-distribution accountant on lattice laws, whose losses are exact.</summary>
public class PldLatticeTests
{
    [Fact]
    public void Pure_epsilon_of_a_lattice_that_falls_slowly_keeps_its_digits()
    {
        // Neighbouring weights differ by a factor 1 - 2^-40; their logarithms in doubles differ by nothing.
        var law = new LatticeLaw(1, [1], new DyadicRatio((1UL << 40) - 1, 40));
        var exact = 1000 * Math.Pow(2, -40) * (1 + Math.Pow(2, -41));

        Holds(PldAccountant.Epsilon(Scalar(law, 1, 1000), 0), exact, 1e-12, "delta 0", 1e-15);
    }
}
