namespace LmoDp.Privacy.Search;

/// <summary>
/// A price for every unit of a smooth <see cref="ConvexDivergence"/> F, adjusted until F is what it may be. (A barrier for the bound would not do: F bends too sharply for Newton's method
/// near it.)
/// </summary>
/// <param name="divergence">F.</param>
/// <param name="bound">What F may be.</param>
/// <param name="price">A first guess, in units of cost.</param>
internal sealed class DivergencePrice(ConvexDivergence divergence, double bound, double price) : PrivacyTerm
{
    private double price = price;
    private double lastLogPrice = double.NaN;
    private double lastExcess;

    /// <inheritdoc/>
    public override double Bound => bound;

    /// <summary>The multiplier of the bound.</summary>
    public double Price => price;

    /// <inheritdoc/>
    public override int Logarithms(int outcomes) => 0;

    /// <summary>A secant step in the logarithms of price and F.</summary>
    public override bool Adjust(double divergence, double tolerance)
    {
        var (logPrice, excess) = (Math.Log(price), Math.Log(Math.Max(divergence, 1e-300) / bound));
        if (Math.Abs(excess) < tolerance)
            return false;
        var slope = (excess - lastExcess) / (logPrice - lastLogPrice);
        // F falls as the price rises, about in proportion.
        if (!(slope is < -0.05 and > -20))
            slope = -1;
        (lastLogPrice, lastExcess) = (logPrice, excess);
        price = Math.Exp(logPrice - Math.Clamp(excess / slope, -1, 1));
        return true;
    }

    /// <inheritdoc/>
    public override double Divergence(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            var slopes = divergence.At(Math.Log(p[i] / q[i]));
            sum += slopes.P * p[i] - slopes.Q * q[i];
        }
        return sum;
    }

    /// <inheritdoc/>
    public override double Value(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double sharpness) => sharpness * price * Divergence(p, q);

    /// <inheritdoc/>
    public override double Expand(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double sharpness, Span<Derivatives> derivatives)
    {
        var factor = sharpness * price;
        for (var i = 0; i < p.Length; i++)
        {
            var slopes = divergence.At(Math.Log(p[i] / q[i]));
            var root = Math.Sqrt(factor * slopes.Curvature * p[i]);
            derivatives[i] = new Derivatives { GradientP = factor * slopes.P, GradientQ = -factor * slopes.Q, CurvatureP = root / p[i], CurvatureQ = -root / q[i] };
        }
        return price;
    }
}
