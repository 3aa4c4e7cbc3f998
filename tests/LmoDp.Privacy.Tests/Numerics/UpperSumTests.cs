using System.Numerics;
using CsCheck;
using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Tests.Accounting;
using Xunit;

namespace LmoDp.Privacy.Tests.Numerics;

public class UpperSumTests
{
    /// <summary>Terms that are all 4 u below what they stand for, of any sizes and signs.</summary>
    [Fact]
    public void It_is_above_the_sum_of_what_the_terms_stand_for()
    {
        Gen.Double[-30, 30].Array[1, 50].ForAll(logs =>
        {
            var (sum, exact, size) = (new UpperSum(), FixedPoint.Of(0), 0.0);
            foreach (var log in logs)
            {
                var term = Math.Sign(log) * Math.Pow(10, Math.Abs(log) - 15);
                sum.Add(term);
                exact += FixedPoint.Of(term) + FixedPoint.Of(Math.Abs(term) * Math.ScaleB(4, -53));
                size += Math.Abs(term);
            }

            Assert.True((FixedPoint.Of(sum.Value) - exact).Real.Sign >= 0);
            Assert.True((FixedPoint.Of(sum.Value) - exact).Real <= FixedPoint.Of(new Complex(size * Math.ScaleB(2 * logs.Length + 16, -53), 0)).Real);
        }, 1000);
    }

    [Fact]
    public void The_logarithm_of_nothing_stays_so()
    {
        var sum = new UpperSum();
        sum.Add(3);
        sum.Add(double.NegativeInfinity);
        sum.Add(700);

        Assert.Equal(double.NegativeInfinity, sum.Value);
    }
}
