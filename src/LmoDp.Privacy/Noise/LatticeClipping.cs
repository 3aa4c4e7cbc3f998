namespace LmoDp.Privacy.Noise;

/// <summary>
/// Per-example scalars on a lattice of step h = C/m: each is rounded to a whole number of steps and then clipped, as an integer, to [-m, m]. In that order the sum of the integers moves by at most
/// m when an example comes or goes, exactly. What is released is the integer sum plus a lattice draw, which is never clipped; the product with h afterwards is post-processing.
/// Rounding is by a coin, up with the probability of what is cut off, so that the mean over the coins is the value (to 2^-53 of a step). Coins are independent, one for each example, so one that comes or goes
/// leaves the others' as they were in law; for any coins the sum moves by at most m, so the guarantee holds for the mixture over them (hockey-stick divergences are jointly convex).
/// </summary>
/// <param name="clippingNorm">C, positive and finite.</param>
/// <param name="stepsPerSensitivity">m, that of the noise (<see cref="LatticeLaw.StepsPerSensitivity"/>).</param>
/// <exception cref="BadInputException">C is not a positive finite number, or m is out of range.</exception>
public sealed class LatticeClipping(double clippingNorm, int stepsPerSensitivity)
{
    private readonly int most = stepsPerSensitivity is >= 1 and <= LatticeLaw.MostSteps
        ? stepsPerSensitivity
        : throw new BadInputException(FormattableString.Invariant($"lattice: the steps to the sensitivity must number 1 to {LatticeLaw.MostSteps}, not {stepsPerSensitivity}"));

    /// <summary>C.</summary>
    public double ClippingNorm { get; } = Parameter.Positive(clippingNorm, "lattice", "the clipping norm");

    /// <summary>An example's contribution, in steps, within [-m, m]; 0 for a value that is not finite.</summary>
    /// <param name="value">The example's scalar, in the units of C.</param>
    /// <param name="coin">Uniform in (0, 1), the example's own, and never released.</param>
    public int Steps(double value, double coin)
    {
        if (!double.IsFinite(value))
            return 0;
        var steps = value / ClippingNorm * most;
        var whole = Math.Floor(steps);
        return (int)Math.Clamp(coin < steps - whole ? whole + 1 : whole, -most, most);
    }

    /// <summary>A number of steps in the units of C.</summary>
    /// <param name="steps">A noisy sum.</param>
    public double Value(long steps) => steps * (ClippingNorm / most);
}
