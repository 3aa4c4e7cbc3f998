namespace LmoDp.Privacy.Noise;

/// <summary>Checks of the numbers that describe a law; each failure is one line that names the law and the key.</summary>
internal static class Parameter
{
    /// <summary>The value, which must be positive and finite.</summary>
    public static double Positive(double value, string law, string key)
    {
        if (!(value > 0) || double.IsPositiveInfinity(value))
            throw new BadInputException(FormattableString.Invariant($"{law}: {key} must be a positive finite number, not {value:R}"));
        return value;
    }

    /// <summary>The value, which must be finite and not negative.</summary>
    public static double NotNegative(double value, string law, string key)
    {
        if (!(value >= 0) || double.IsPositiveInfinity(value))
            throw new BadInputException(FormattableString.Invariant($"{law}: {key} must be a finite number of at least 0, not {value:R}"));
        return value;
    }

    /// <summary>Checks 0 &lt; p &lt; 1.</summary>
    public static void Probability(double p)
    {
        if (!(p > 0 && p < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "a quantile needs a probability between 0 and 1");
    }
}
