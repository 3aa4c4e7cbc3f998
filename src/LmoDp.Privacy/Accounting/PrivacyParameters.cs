namespace LmoDp.Privacy.Accounting;

/// <summary>Checks of epsilon and delta; each failure is one line.</summary>
internal static class PrivacyParameters
{
    /// <summary>The least positive delta: below it doubles lose their digits.</summary>
    public const double LeastDelta = 1e-300;

    /// <summary>delta, which must lie in [0, 1], and not between 0 and <see cref="LeastDelta"/>.</summary>
    public static double Delta(double delta)
    {
        if (delta is > 0 and < LeastDelta)
            throw new BadInputException(FormattableString.Invariant($"delta must be 0 or at least {LeastDelta:R}, not {delta:R}"));
        if (!(delta >= 0 && delta <= 1))
            throw new BadInputException(FormattableString.Invariant($"delta must lie between 0 and 1, not {delta:R}"));
        return delta;
    }

    /// <summary>epsilon, which must be at least 0; +infinity is allowed.</summary>
    public static double Epsilon(double epsilon)
    {
        if (!(epsilon >= 0))
            throw new BadInputException(FormattableString.Invariant($"epsilon must be at least 0, not {epsilon:R}"));
        return epsilon;
    }
}
