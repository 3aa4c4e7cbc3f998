namespace LmoDp.Privacy.Numerics;

/// <summary>A sum rounded upwards. Every term may be off by 4 u of itself (a logarithm within 2 u and two more roundings); every addition is, by u of what has been added up.</summary>
internal struct UpperSum
{
    private const double Unit = 1.1102230246251565e-16;
    private double sum;
    private double size;
    private int count;

    /// <summary>At least the exact sum of the exact terms; -infinity if one of them is.</summary>
    public readonly double Value => double.IsNegativeInfinity(sum) ? sum : sum + (count + 8) * Unit * size;

    /// <summary>Adds a term.</summary>
    public void Add(double term)
    {
        sum += term;
        size += double.IsNegativeInfinity(term) ? 0 : Math.Abs(term);
        count++;
    }
}
