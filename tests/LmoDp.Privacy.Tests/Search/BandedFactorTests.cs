using System.Numerics;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

public class BandedFactorTests
{
    /// <summary>
    /// Rows of integers times powers of two up to 2^27 (a range of 1.3e8), solved exactly in integers. The matrix of the normal equations has entries over 2^54 of range;
    /// the solution from the rows is good in the norm of the matrix, which is what Newton's method needs.
    /// </summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 3)]
    [InlineData(9, 1)]
    [InlineData(9, 3)]
    [InlineData(12, 11)]
    [InlineData(7, 20)]
    public void Agrees_with_exact_dense_solutions_over_eight_decades(int size, int band)
    {
        var random = new Random(5);
        for (var repetition = 0; repetition < 20; repetition++)
        {
            var rows = Rows(random, size, band);
            var rightSide = Enumerable.Range(0, size).Select(_ => random.Next(-1000, 1001)).ToArray();
            var factor = new BandedFactor(size, band);
            if (repetition % 2 == 1)
            {
                // What was there before is forgotten.
                factor.Add(0, 3, Math.Min(1, size - 1), -2);
                factor.Clear();
            }
            foreach (var (i, atI, j, atJ) in rows)
                factor.Add(i, atI, j, atJ);
            var x = factor.Solve([.. rightSide.Select(b => (double)b)]);

            var exact = Exact(rows, rightSide);
            double Norm(Func<int, double> of) => Math.Sqrt(rows.Sum(row => Math.Pow((row.AtI * of(row.I)) + (row.AtJ * of(row.J)), 2)));
            var error = Norm(k => x[k] - exact[k]) / Norm(k => exact[k]);
            Assert.True(error < 1e-13, FormattableString.Invariant($"size {size}, band {band}, repetition {repetition}: {error:E2}"));
        }
    }

    /// <summary>Differences of neighbours weighed by up to 1e8, each row in two parts: x_k is a sum of positive terms (b_0 + ... + b_j) / s_j^2, j >= k, and comes out to the last digits.</summary>
    [Fact]
    public void Nearly_equal_neighbours_keep_their_digits()
    {
        const int size = 60;
        var random = new Random(6);
        var factor = new BandedFactor(size, 4);
        var squares = new double[size];
        for (var k = 0; k < size; k++)
        {
            for (var part = 0; part < 2; part++)
            {
                var scale = Math.Pow(10, 8 * random.NextDouble());
                squares[k] += scale * scale;
                factor.Add(k, scale, Math.Min(k + 1, size - 1), k + 1 < size ? -scale : 0);
            }
        }
        double[] rightSide = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble())];
        var x = factor.Solve(rightSide);

        var sums = new double[size];
        for (var k = 0; k < size; k++)
            sums[k] = rightSide[k] + (k > 0 ? sums[k - 1] : 0);
        var expected = 0.0;
        for (var k = size - 1; k >= 0; k--)
            Close.Relative(expected += sums[k] / squares[k], x[k], 1e-12, $"x_{k}");
    }

    [Fact]
    public void An_empty_column_gives_no_number()
    {
        var factor = new BandedFactor(3, 1);
        factor.Add(0, 1, 1, 2);
        factor.Add(2, 1, 2, 1);
        Assert.Contains(factor.Solve([1, 1, 1]), value => !double.IsFinite(value));
    }

    private static List<(int I, double AtI, int J, double AtJ)> Rows(Random random, int size, int band)
    {
        double Entry() => (random.Next(2) == 0 ? -1 : 1) * random.Next(1, 16) * Math.ScaleB(1, random.Next(28));
        var rows = Enumerable.Range(0, size).Select(k => (I: k, AtI: Entry(), J: k, AtJ: 0.0)).ToList();
        for (var extra = 0; extra < 3 * size; extra++)
        {
            var i = random.Next(size);
            var j = Math.Clamp(i + random.Next(-band, band + 1), 0, size - 1);
            rows.Add((i, Entry(), j, Entry()));
        }
        return [.. rows.OrderBy(row => Math.Min(row.I, row.J))];
    }

    /// <summary>A'A x = b in rational numbers: Cramer's rule by Bareiss's elimination, whose divisions leave no remainder.</summary>
    private static double[] Exact(List<(int I, double AtI, int J, double AtJ)> rows, int[] rightSide)
    {
        var size = rightSide.Length;
        var matrix = new BigInteger[size, size + 1];
        foreach (var (i, atI, j, atJ) in rows)
        {
            (int Column, BigInteger Value)[] entries = [(i, new BigInteger(atI)), (j, new BigInteger(atJ))];
            foreach (var a in entries)
                foreach (var b in entries)
                    matrix[a.Column, b.Column] += a.Value * b.Value;
        }
        for (var i = 0; i < size; i++)
            matrix[i, size] = rightSide[i];
        var previous = BigInteger.One;
        for (var pivot = 0; pivot < size; pivot++)
        {
            var head = matrix[pivot, pivot];
            for (var i = 0; i < size; i++)
            {
                if (i == pivot)
                    continue;
                var multiple = matrix[i, pivot];
                for (var j = 0; j <= size; j++)
                    matrix[i, j] = ((head * matrix[i, j]) - (multiple * matrix[pivot, j])) / previous;
            }
            previous = head;
        }
        return [.. Enumerable.Range(0, size).Select(i => Ratio(matrix[i, size], matrix[i, i]))];
    }

    private static double Ratio(BigInteger numerator, BigInteger denominator)
    {
        var shift = (int)(denominator.GetBitLength() - numerator.GetBitLength()) + 64;
        var quotient = shift >= 0 ? (numerator << shift) / denominator : numerator / (denominator << -shift);
        return Math.ScaleB((double)quotient, -shift);
    }
}
