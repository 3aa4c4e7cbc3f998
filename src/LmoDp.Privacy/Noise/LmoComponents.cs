namespace LmoDp.Privacy.Noise;

/// <summary>The part a1 * Gamma(shape k, scale theta) of the inverse scale U of an LMO law.</summary>
/// <param name="Weight">a1 &gt;= 0; 0 removes the part.</param>
/// <param name="Shape">k &gt; 0.</param>
/// <param name="Scale">theta &gt; 0.</param>
public sealed record GammaComponent(double Weight, double Shape, double Scale)
{
    internal GammaComponent Checked()
    {
        Parameter.NotNegative(Weight, "lmo", "a1");
        Parameter.Positive(Shape, "lmo", "k");
        Parameter.Positive(Scale, "lmo", "theta");
        return this;
    }
}

/// <summary>The part a3 * Exponential(rate) of the inverse scale U of an LMO law; the Exponential has mean 1/rate.</summary>
/// <param name="Weight">a3 &gt;= 0; 0 removes the part.</param>
/// <param name="Rate">lambda &gt; 0.</param>
public sealed record ExponentialComponent(double Weight, double Rate)
{
    internal ExponentialComponent Checked()
    {
        Parameter.NotNegative(Weight, "lmo", "a3");
        Parameter.Positive(Rate, "lmo", "rate");
        return this;
    }
}

/// <summary>The part a4 * Uniform(a, b) of the inverse scale U of an LMO law; a = b is a constant.</summary>
/// <param name="Weight">a4 &gt;= 0; 0 removes the part.</param>
/// <param name="Lower">a &gt;= 0.</param>
/// <param name="Upper">b &gt;= a, b &gt; 0.</param>
public sealed record UniformComponent(double Weight, double Lower, double Upper)
{
    internal UniformComponent Checked()
    {
        Parameter.NotNegative(Weight, "lmo", "a4");
        Parameter.NotNegative(Lower, "lmo", "a");
        Parameter.Positive(Upper, "lmo", "b");
        if (Lower > Upper)
            throw new BadInputException(FormattableString.Invariant($"lmo: a must not exceed b, but a is {Lower:R} and b is {Upper:R}"));
        return this;
    }
}

/// <summary>Which number the authors' key E_lambda is: their accountant reads a rate, their sampler a scale.</summary>
public enum ExponentialReading
{
    /// <summary>The Exponential has mean 1/E_lambda: the paper's formula.</summary>
    Rate,

    /// <summary>The Exponential has mean E_lambda: what numpy's sampler, and so the published code, draws.</summary>
    Scale,
}
