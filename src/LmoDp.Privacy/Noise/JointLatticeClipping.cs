namespace LmoDp.Privacy.Noise;

/// <summary>
/// K numbers of an example on a lattice of step h = C/m, clipped together: the vector is shortened to L2 norm C, each coordinate cut to a whole number of steps towards zero, and the squares of the integers are
/// added up as integers: they come to at most m^2, whatever floating point did before. So the integer vector sum moves by at most m in L2 norm when an example comes or goes, exactly.
/// </summary>
/// <param name="clippingNorm">C, positive and finite.</param>
/// <param name="stepsPerSensitivity">m, 1 to <see cref="LatticeLaw.MostSteps"/>.</param>
/// <exception cref="BadInputException">C is not a positive finite number, or m is out of range.</exception>
public sealed class JointLatticeClipping(double clippingNorm, int stepsPerSensitivity)
{
    private readonly long most = stepsPerSensitivity is >= 1 and <= LatticeLaw.MostSteps
        ? stepsPerSensitivity
        : throw new BadInputException(FormattableString.Invariant($"lattice: the steps to the sensitivity must number 1 to {LatticeLaw.MostSteps}, not {stepsPerSensitivity}"));

    /// <summary>C.</summary>
    public double ClippingNorm { get; } = Parameter.Positive(clippingNorm, "lattice", "the clipping norm");

    /// <summary>A vector shortened to norm C where it is longer, in real numbers; 0 where a coordinate is not finite.</summary>
    /// <param name="values">K numbers in the units of C.</param>
    public double[] Clipped(IReadOnlyList<double> values)
    {
        if (!values.All(double.IsFinite))
            return new double[values.Count];
        // Divided by the largest first: squares of what a double holds may be beyond it.
        var largest = Math.Max(values.Max(Math.Abs), ClippingNorm);
        var norm = largest * Math.Sqrt(values.Sum(value => value / largest * (value / largest)));
        return [.. values.Select(value => norm > ClippingNorm ? value / norm * ClippingNorm : value)];
    }

    /// <summary>An example's contribution: K integers whose squares add up to at most m^2.</summary>
    /// <param name="values">K numbers in the units of C.</param>
    public int[] Steps(IReadOnlyList<double> values)
    {
        int[] steps = [.. Clipped(values).Select(value => (int)Math.Clamp(value / ClippingNorm * most, -most, most))];
        while (steps.Sum(step => (long)step * step) > most * most)
        {
            var largest = steps.Max(Math.Abs);
            var longest = Array.FindIndex(steps, step => Math.Abs(step) == largest);
            steps[longest] -= Math.Sign(steps[longest]);
        }
        return steps;
    }
}
