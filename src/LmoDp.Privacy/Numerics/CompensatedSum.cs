namespace LmoDp.Privacy.Numerics;

/// <summary>A sum whose rounding does not grow with the number of its terms (Neumaier 1974): within 2 u of the sum and n^2 u^2 of the sum of the terms' sizes.</summary>
internal struct CompensatedSum
{
    private double sum;
    private double lost;

    /// <summary>The sum so far.</summary>
    public readonly double Value => sum + lost;

    /// <summary>Adds a term.</summary>
    public void Add(double term)
    {
        var next = sum + term;
        lost += Math.Abs(sum) >= Math.Abs(term) ? sum - next + term : term - next + sum;
        sum = next;
    }
}
