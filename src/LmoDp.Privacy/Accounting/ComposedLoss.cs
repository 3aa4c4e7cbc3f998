using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The composed finite privacy loss through its tilted characteristic function, and delta(epsilon) from it by one sum over frequencies:
/// delta = e^(c - theta epsilon) (1/N) sum_k X_k V_k, where X is the product of the steps' transforms (<see cref="Spectrum"/>) and V the transform of the <see cref="ExceedanceKernel"/>.
/// Whatever is left out (mass outside the window, wrapped mass, rounding of the transforms, of their powers and of the sum) is bounded and becomes part of
/// the answer: docs/accounting.md, composition. With a cut, X is the difference of two such products (<see cref="RareLosses"/>).
/// </summary>
internal sealed class ComposedLoss
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>More than the weights that are too small for a double can add up to, in any number of steps.</summary>
    private const double Underflow = 1e-300;

    /// <summary>
    /// More than the rounding of e^x and of what is added to x last, relative to e^x: x is above -745, the logarithm of a sum of at least <see cref="Underflow"/> above -691, and each of some four
    /// roundings is at most 2 u of such a number.
    /// </summary>
    private const double LastRoundings = 1e-12;

    /// <summary>Lower bounds end here, lest they be rounded to a multiple of the least double.</summary>
    private const double LogLeastLower = -705;

    private readonly double step;
    private readonly double theta;
    private readonly LossWindow window;
    private readonly FourierTransform transform;
    private readonly Spectrum spectrum;
    private readonly double mean;
    private readonly double logScale;
    private readonly double relativeError;
    private readonly double logTotal;
    private readonly double logBelow;
    private readonly double logAbove;
    private readonly double slopeWithin;
    private readonly double logWithin = double.NegativeInfinity;

    private ComposedLoss(TiltedLoss[] losses, long[] times, double step, double theta, LossWindow window, RareLosses? rare, Spectrum spectrum)
    {
        (this.step, this.theta, this.window, this.spectrum) = (step, theta, window, spectrum);
        transform = FourierTransform.OfSize(window.LogSize);
        logScale = spectrum.LogScale;
        relativeError = spectrum.ScaleError;
        var folding = 0.0;
        for (var g = 0; g < losses.Length; g++)
        {
            logScale += times[g] * losses[g].LogScale;
            mean += times[g] * losses[g].Mean;
            var folded = Unit * (2 + losses[g].MostFolded(transform.Size));
            relativeError += -times[g] * Elementary.Log1p(-Math.Min(losses[g].RelativeError + folded, 1)) + (3 + losses.Length) * Unit * Math.Abs(times[g] * losses[g].LogScale);
            folding += 2 * times[g] * folded;
            // The weights add up to 1, but for the n additions of the sum that they were divided by.
            logTotal += 1.01 * times[g] * Unit * (losses[g].Weights.Length + 8);
        }
        if (rare is { } split)
        {
            // What rounding on the circle makes of y = w - z is relative to w.
            relativeError -= Elementary.Log1p(-Math.Min(Elementary.Expm1(folding), 1));
            slopeWithin = split.Slope;
            logWithin = split.LogWithin(losses, times, theta);
        }
        logTotal += relativeError - spectrum.LogScale;
        logBelow = LogTail(window.SlopeBelow, window.First - 1);
        logAbove = LogTail(window.SlopeAbove, window.End);

        // Tails are Chernoff's or all there is.
        double LogTail(double slope, long index)
        {
            var log = new UpperSum();
            log.Add(-slope * step * index);
            log.Add(-spectrum.LogScale);
            for (var g = 0; g < losses.Length; g++)
                log.Add(times[g] * losses[g].LogMoment(slope));
            log.Add(rare?.LogShare(losses, times, slope) ?? 0);
            return Math.Min(log.Value, logTotal);
        }
    }

    /// <summary>Frequencies added up so far, over all sums.</summary>
    public double Work { get; private set; }

    /// <summary>The compositions of the dominating and of the dominated distributions.</summary>
    /// <param name="parts">On one grid.</param>
    /// <param name="theta">Tilt, positive.</param>
    /// <param name="window">Cyclic window.</param>
    /// <param name="rare">The cut beyond which losses are large; null if all are treated alike.</param>
    public static (ComposedLoss Upper, ComposedLoss Lower) Of(IReadOnlyList<RepeatedLoss> parts, double theta, LossWindow window, RareLosses? rare)
    {
        var transform = FourierTransform.OfSize(window.LogSize);
        var times = parts.Select(part => part.Times).ToArray();
        var dominating = parts.Select(part => new TiltedLoss(part.Dominating, theta)).ToArray();
        var dominated = parts.Select(part => new TiltedLoss(part.Dominated, theta)).ToArray();
        var step = parts[0].Dominating.Grid.Step;
        var (upper, lower) = rare is { } split ? Spectrum.OfRare(transform, dominating, dominated, times, split) : Spectrum.Of(transform, dominating, dominated, times);
        return (new ComposedLoss(dominating, times, step, theta, window, rare, upper), new ComposedLoss(dominated, times, step, theta, window, rare, lower));
    }

    /// <summary>The lower bound of <see cref="Delta"/>. Far below the tilted mean, where it is lost in rounding, that at a higher epsilon serves, as delta does not increase.</summary>
    /// <param name="epsilon">Of any sign.</param>
    public double LeastDelta(double epsilon)
    {
        var certain = mean - 20 / theta;
        var lower = Delta(epsilon).Lower;
        return lower > 0 || epsilon >= certain ? lower : Delta(certain).Lower;
    }

    /// <summary>Bounds on E[(1 - e^(epsilon - L))_+] of the grid distribution, its mass at infinity not included.</summary>
    /// <param name="epsilon">Of any sign.</param>
    public Bounds Delta(double epsilon)
    {
        if (double.IsNegativeInfinity(logScale))
            return Bounds.Exactly(0);
        var slack = relativeError + 8 * Unit * (Math.Abs(logScale) + Math.Abs(theta * epsilon) + Math.Abs(theta * step * window.End));
        var logLargest = ExceedanceKernel.LogLargestWeight(theta);
        var logChernoff = logScale - theta * epsilon + slack + logLargest;
        // Losses within the cut, where they are not composed: nothing to the lower bound.
        var within = Probability(logWithin - slopeWithin * epsilon + 8 * Unit * Math.Abs(slopeWithin * epsilon));
        var start = Math.Max((long)Math.Floor(Math.Min(epsilon / step, window.End)) + 1, window.First);
        // The quotient may have been rounded up to a knot that is above epsilon.
        if (start > window.First && Math.FusedMultiplyAdd(start - 1, step, -epsilon) > 0)
            start--;
        if (start >= window.End)
            return new Bounds(Math.Min((Probability(logChernoff + logAbove) + within) * (1 + LastRoundings), 1), 0);
        // All weights are relative to that of a loss just above the start without its factor 1 - e^-d: no power of e overflows or underflows here.
        var (sum, error) = Sum(epsilon, start);
        var largest = Math.Min(1, Math.Exp(logLargest + slack + theta * Math.Max(start * step - epsilon, 0)));
        error += (largest * Math.Exp(logAbove) + Underflow) * (1 + LastRoundings);
        var exponent = logScale - theta * (start * step);
        var upper = Probability(exponent + slack + Math.Log(Math.Max(sum, 0) + error));
        // Where the weights begin with the window, they miss what lies below it.
        if (start == window.First)
            upper += Probability(logChernoff + logBelow);
        var certain = sum - error - largest * Math.Exp(logBelow) * (1 + LastRoundings);
        var logLower = exponent - slack + Math.Log(certain);
        var lower = certain > 0 && logLower > LogLeastLower ? Probability(logLower) * (1 - LastRoundings) : 0;
        return new Bounds(Math.Min(Math.Min(upper + within, Probability(logChernoff + logTotal)) * (1 + LastRoundings), 1), lower);
    }

    /// <summary>e^x, at most 1; 1 where x is not a number, so that no failure of arithmetic can pass for a small upper bound.</summary>
    private static double Probability(double logarithm) => logarithm < 0 ? Math.Exp(logarithm) : 1;

    private (double Sum, double Error) Sum(double epsilon, long start)
    {
        Work += spectrum.Frequencies.Count;
        var kernel = new ExceedanceKernel(transform, step, theta, epsilon, start, window.End);
        var sum = new CompensatedSum();
        var errors = 0.0;
        var kernelErrors = 0.0;
        var squares = 0.0;
        foreach (var frequency in spectrum.Frequencies)
        {
            var (weight, weightError) = kernel.At(frequency.Index);
            var multiplicity = frequency.Index == 0 || frequency.Index == transform.Size / 2 ? 1 : 2;
            var squaredWeight = weight.Real * weight.Real + weight.Imaginary * weight.Imaginary;
            sum.Add(multiplicity * (frequency.Value.Real * weight.Real - frequency.Value.Imaginary * weight.Imaginary));
            errors += multiplicity * frequency.Bound * Math.Sqrt(squaredWeight) * (frequency.PowerError + 20 * Unit);
            kernelErrors += multiplicity * frequency.Bound * weightError;
            squares += multiplicity * frequency.SquaredSensitivity * squaredWeight;
        }
        // By Cauchy-Schwarz the transforms' errors, bounded in norm, cost at most the norm of what multiplies them. No weight is more than 1.
        var error = (errors + kernelErrors + Math.Sqrt(squares)) / transform.Size + Math.Exp(spectrum.LogNegligible) * (window.End - start);
        return (sum.Value / transform.Size, error * (1 + 1e-6));
    }
}
