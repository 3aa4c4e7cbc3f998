using System.Numerics;
using System.Runtime.InteropServices;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The Cholesky factor R, upper triangular of bandwidth b, of a matrix given as a sum of squares of rows, A'A = R'R, built row by row with Givens rotations. The matrix itself is never
/// formed: its condition is the square of the rows', and where neighbouring weights are nearly equal that would use up all digits.
/// </summary>
internal sealed class BandedFactor
{
    private readonly int size;
    private readonly int width;
    private readonly double[] upper;
    private readonly double[] row;

    /// <param name="size">Number of columns n.</param>
    /// <param name="band">b: the entries of a row lie at most so far apart.</param>
    public BandedFactor(int size, int band)
    {
        (this.size, width) = (size, Math.Min(band, size - 1) + 1);
        upper = new double[size * width];
        row = new double[width];
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear() => Array.Clear(upper);

    /// <summary>Adds a row with two entries. Rows come in the order of their first columns, or the time for each would be n b instead of b^2.</summary>
    /// <param name="i">A column.</param>
    /// <param name="atI">Its entry.</param>
    /// <param name="j">A column at most b away, or the same, in which case the entries are added up.</param>
    /// <param name="atJ">Its entry.</param>
    public void Add(int i, double atI, int j, double atJ)
    {
        Array.Clear(row);
        var first = Math.Min(i, j);
        row[i - first] += atI;
        row[j - first] += atJ;
        for (var column = first; column < size; column++)
        {
            var head = upper.AsSpan(column * width, width);
            if (row[0] != 0)
            {
                if (head[0] == 0)
                {
                    row.CopyTo(head);
                    return;
                }
                var length = Math.Sqrt(head[0] * head[0] + row[0] * row[0]);
                var (cosine, sine) = (head[0] / length, row[0] / length);
                Rotate(head, row, cosine, sine);
            }
            Array.Copy(row, 1, row, 0, width - 1);
            row[width - 1] = 0;
            if (!row.AsSpan().ContainsAnyExcept(0))
                return;
        }
    }

    /// <summary>(a, b) becomes (c a + s b, c b - s a) in every column.</summary>
    private static void Rotate(Span<double> a, Span<double> b, double cosine, double sine)
    {
        var vectorsA = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vectorsB = MemoryMarshal.Cast<double, Vector<double>>(b);
        for (var v = 0; v < vectorsA.Length; v++)
            (vectorsA[v], vectorsB[v]) = (cosine * vectorsA[v] + sine * vectorsB[v], cosine * vectorsB[v] - sine * vectorsA[v]);
        for (var k = vectorsA.Length * Vector<double>.Count; k < a.Length; k++)
            (a[k], b[k]) = (cosine * a[k] + sine * b[k], cosine * b[k] - sine * a[k]);
    }

    /// <summary>The solution of A'A x = b; entries that are not finite where a column of A is empty.</summary>
    public double[] Solve(ReadOnlySpan<double> rightSide)
    {
        var x = rightSide.ToArray();
        for (var i = 0; i < size; i++)
        {
            x[i] /= upper[i * width];
            for (var k = 1; k < width && i + k < size; k++)
                x[i + k] -= upper[i * width + k] * x[i];
        }
        for (var i = size - 1; i >= 0; i--)
        {
            for (var k = 1; k < width && i + k < size; k++)
                x[i] -= upper[i * width + k] * x[i + k];
            x[i] /= upper[i * width];
        }
        return x;
    }
}
