using System.Numerics;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>One step's two grid distributions and how often the step is repeated.</summary>
internal readonly record struct RepeatedLoss(LossPmf Dominating, LossPmf Dominated, long Times);

/// <summary>The cyclic window of a composition: grid indices First to First + 2^LogSize - 1, and the slopes of the two Chernoff bounds at its ends.</summary>
internal readonly record struct LossWindow(long First, int LogSize, double SlopeBelow, double SlopeAbove)
{
    /// <summary>One past the last index.</summary>
    public long End => First + (1L << LogSize);
}

/// <summary>
/// The composed finite privacy loss through its tilted characteristic function, and delta(epsilon) from it by one sum over frequencies:
/// delta = e^(c - theta epsilon) (1/N) sum_k X_k V_k, where X is the product of the steps' transforms and V the transform of the <see cref="ExceedanceKernel"/>.
/// Whatever is left out (mass outside the window, wrapped mass, rounding of the transforms, of their powers and of the sum) is bounded and becomes part of
/// the answer: docs/accounting.md, composition. With a cut, X is the difference of two such products (<see cref="RareLosses"/>).
/// </summary>
internal sealed class ComposedLoss
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>Frequencies at which |X| is below e^-90 are left out, and so bounded.</summary>
    private const double LogNegligible = -90;

    /// <summary>More than the weights that are too small for a double can add up to, in any number of steps.</summary>
    private const double Underflow = 1e-300;

    private readonly double step;
    private readonly double theta;
    private readonly LossWindow window;
    private readonly FourierTransform transform;
    private readonly double mean;
    private double logScale;
    private double relativeError;
    private readonly double logBelow;
    private readonly double logAbove;
    private readonly double logNegligible = LogNegligible;
    private readonly double slopeWithin;
    private readonly double logWithin = double.NegativeInfinity;
    private readonly List<Frequency> spectrum = [];

    private ComposedLoss(TiltedLoss[] losses, long[] times, double step, double theta, LossWindow window, RareLosses? rare)
    {
        this.step = step;
        this.theta = theta;
        this.window = window;
        transform = FourierTransform.OfSize(window.LogSize);
        logBelow = -window.SlopeBelow * step * (window.First - 1);
        logAbove = -window.SlopeAbove * step * window.End;
        for (var g = 0; g < losses.Length; g++)
        {
            logScale += times[g] * losses[g].LogScale;
            mean += times[g] * losses[g].Mean;
            relativeError += times[g] * (losses[g].RelativeError + Unit * (2 + losses[g].MostFolded(transform.Size)))
                + 4 * Unit * Math.Abs(times[g] * losses[g].LogScale);
            logBelow += times[g] * losses[g].LogMoment(window.SlopeBelow);
            logAbove += times[g] * losses[g].LogMoment(window.SlopeAbove);
        }
        if (rare is { } split)
        {
            double LogRare(double slope) => 1e-9 + Enumerable.Range(0, losses.Length).Aggregate(double.NegativeInfinity, (sum, g) =>
                Elementary.LogSum(sum, Math.Log(times[g]) + losses[g].LogMomentBeyond(slope, split.Cut) - losses[g].LogMoment(slope)));
            logBelow += LogRare(window.SlopeBelow);
            logAbove += LogRare(window.SlopeAbove);
            logNegligible += Math.Min(LogRare(0), 0);
            slopeWithin = split.Slope;
            logWithin = 0;
            for (var g = 0; g < losses.Length; g++)
                logWithin += times[g] * (losses[g].LogMomentWithin(split.Slope - theta, split.Cut) + losses[g].LogScale);
            logWithin += ExceedanceKernel.LogLargestWeight(split.Slope) + relativeError + 1e-9;
        }
        // The tails are Chernoff's or all there is, with a margin for their own rounding.
        logBelow = 0.01 + Math.Min(logBelow, 0);
        logAbove = 0.01 + Math.Min(logAbove, 0);
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
        var transforms = dominating.Zip(dominated, (first, second) => new PackedTransform(transform, first, second)).ToArray();
        var step = parts[0].Dominating.Grid.Step;
        var upper = new ComposedLoss(dominating, times, step, theta, window, rare);
        var lower = new ComposedLoss(dominated, times, step, theta, window, rare);
        if (rare is { } split)
        {
            var beyond = dominating.Zip(dominated, (first, second) => new PackedTransform(transform, first, second, split.Cut)).ToArray();
            var (all, large) = (new (Complex First, Complex Second)[beyond.Length], new (Complex First, Complex Second)[beyond.Length]);
            for (var k = 0; k <= transform.Size / 2; k++)
            {
                for (var g = 0; g < beyond.Length; g++)
                    (all[g], large[g]) = (transforms[g].At(k), beyond[g].At(k));
                upper.AddRare(k, all, large, second: false, times, transforms, beyond);
                lower.AddRare(k, all, large, second: true, times, transforms, beyond);
            }
            return (upper, lower);
        }
        var upperIndices = Significant(transforms, times, second: false);
        var lowerIndices = Significant(transforms, times, second: true);
        int[] indices = [.. upperIndices.Union(lowerIndices).Order()];
        var direct = dominating.Zip(dominated, (first, second) => new DirectTransform(transform, first, second)).ToArray();
        if ((double)indices.Length * direct.Sum(part => part.Length) <= MostDirectWork)
        {
            var coefficients = direct.Select(part => part.At(indices)).ToArray();
            for (var g = 0; g < direct.Length; g++)
            {
                upper.Rescale(times[g] * Math.Log(direct[g].FirstTotal), times[g]);
                lower.Rescale(times[g] * Math.Log(direct[g].SecondTotal), times[g]);
            }
            for (var n = 0; n < indices.Length; n++)
            {
                upper.Add(indices[n], coefficients.Select(part => part[n].First), times);
                lower.Add(indices[n], coefficients.Select(part => part[n].Second), times);
            }
            return (upper, lower);
        }
        foreach (var k in upperIndices)
            upper.Add(k, [.. transforms.Select(part => part.At(k).First)], times, transforms);
        foreach (var k in lowerIndices)
            lower.Add(k, [.. transforms.Select(part => part.At(k).Second)], times, transforms);
        return (upper, lower);
    }

    /// <summary>Products of frequencies and knots up to which coefficients are summed one by one.</summary>
    private const double MostDirectWork = 3e7;

    /// <summary>The frequencies that cannot be left out.</summary>
    private static List<int> Significant(PackedTransform[] transforms, long[] times, bool second)
    {
        var indices = new List<int>();
        var smallest = times.Select(n => Math.Exp(2 * LogNegligible / n)).ToArray();
        for (var k = 0; k <= transforms[0].Size / 2; k++)
        {
            // Most are settled without a logarithm: no factor is larger than about 1.
            var squared = transforms[0].SquaredSize(k, second);
            if (transforms.Length == 1 && squared * (1 + 1e-12) + 3 * transforms[0].Deviation < smallest[0])
                continue;
            var logBound = 0.0;
            for (var g = 0; g < transforms.Length; g++)
                logBound += times[g] * Math.Log(Math.Sqrt(transforms[g].SquaredSize(k, second)) * (1 + 8 * Unit) + transforms[g].Deviation);
            if (logBound >= LogNegligible)
                indices.Add(k);
        }
        return indices;
    }

    /// <summary>Coefficients relative to the sum of the weights leave its power to the scale.</summary>
    private void Rescale(double logarithm, long times)
    {
        logScale += logarithm;
        relativeError += 8 * Unit * (times + Math.Abs(logarithm));
    }

    /// <summary>Adds a frequency from directly summed coefficients.</summary>
    private void Add(int k, IEnumerable<Coefficient> coefficients, long[] times)
    {
        var (logSize, angle, error, g) = (0.0, 0.0, 16 * Unit, 0);
        foreach (var coefficient in coefficients)
        {
            var n = (double)times[g++];
            logSize += n * coefficient.LogSize;
            angle += n * coefficient.Angle;
            error += n * (coefficient.Error + 2 * Unit * (Math.Abs(coefficient.LogSize) + Math.Abs(coefficient.Angle)));
        }
        var (sin, cos) = Math.SinCos(angle);
        var size = Math.Exp(logSize);
        // A value that is lost in its error stays between 0 and 1 in size.
        spectrum.Add(error < 0.1 ? new Frequency(k, new Complex(size * cos, size * sin), 0, size * 1.12, 1.06 * error) : new Frequency(k, Complex.Zero, 0, 1, 1));
    }

    /// <summary>Adds a frequency from the fast transform.</summary>
    private void Add(int k, Complex[] factors, long[] times, PackedTransform[] transforms)
    {
        var logBound = 0.0;
        for (var g = 0; g < factors.Length; g++)
            logBound += times[g] * Math.Log(Size(factors[g]) + transforms[g].Deviation);
        var bound = Math.Exp(logBound + 1e-9 * (1 + Math.Abs(logBound)));
        var value = Complex.One;
        var squares = 0.0;
        var powerError = 0.0;
        for (var g = 0; g < factors.Length; g++)
        {
            value *= Power(factors[g], times[g]);
            var deviation = transforms[g].Deviation;
            var sensitivity = times[g] * deviation * bound / (Size(factors[g]) + deviation);
            squares += sensitivity * sensitivity;
            powerError += 2.2361 * Unit * (times[g] + 1);
        }
        spectrum.Add(new Frequency(k, value, squares * factors.Length, bound, powerError));
    }

    /// <summary>Adds a frequency of the composition less that of losses within the cut, if it cannot be left out.</summary>
    private void AddRare(
        int k, (Complex First, Complex Second)[] all, (Complex First, Complex Second)[] large, bool second, long[] times, PackedTransform[] transforms, PackedTransform[] largeTransforms)
    {
        // D is at most the product of all powers times the sum of n |Z| / |X|; its derivatives follow by the product rule.
        var (logBound, rare, error) = (0.0, 0.0, 0.0);
        Span<double> perStep = stackalloc double[all.Length];
        for (var g = 0; g < all.Length; g++)
        {
            var (x, z) = second ? (all[g].Second, large[g].Second) : (all[g].First, large[g].First);
            var bound = Math.Max(Size(x), Size(x - z)) + transforms[g].Deviation + largeTransforms[g].Deviation;
            logBound += times[g] * Math.Log(bound);
            perStep[g] = times[g] / bound;
            rare += perStep[g] * (Size(z) + largeTransforms[g].Deviation);
            error += PowerDifference.ErrorPerStep * (times[g] + 1);
        }
        var product = Math.Exp(logBound + 1e-9 * (1 + Math.Abs(logBound)));
        if (Math.Log(product * rare) < logNegligible)
            return;
        var (value, squares) = (PowerDifference.Empty, 0.0);
        for (var g = 0; g < all.Length; g++)
        {
            value = value.Then(second ? PowerDifference.Of(all[g].Second, large[g].Second, times[g]) : PowerDifference.Of(all[g].First, large[g].First, times[g]));
            var (byAll, byLarge) = (perStep[g] * rare * transforms[g].Deviation, perStep[g] * (1 + rare) * largeTransforms[g].Deviation);
            squares += byAll * byAll + byLarge * byLarge;
        }
        spectrum.Add(new Frequency(k, value.D, 2 * all.Length * squares * product * product, product * rare, error));
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
        var slack = relativeError + 8 * Unit * (Math.Abs(logScale) + Math.Abs(theta * epsilon) + Math.Abs(theta * step * window.End));
        var logLargest = ExceedanceKernel.LogLargestWeight(theta);
        if (double.IsNegativeInfinity(logScale))
            return Bounds.Exactly(0);
        var logChernoff = logScale - theta * epsilon + slack + logLargest;
        // Losses within the cut, where they are not composed: nothing to the lower bound.
        var within = double.IsNegativeInfinity(logWithin) ? 0 : Probability(logWithin - slopeWithin * epsilon + 8 * Unit * Math.Abs(slopeWithin * epsilon));
        var start = Math.Max((long)Math.Floor(Math.Min(epsilon / step, window.End)) + 1, window.First);
        if (start >= window.End)
            return new Bounds(Math.Min(Probability(logChernoff + logAbove) + within, 1), 0);
        // All weights are relative to that of a loss just above the start without its factor 1 - e^-d: no power of e overflows or underflows here.
        var (sum, error) = Sum(epsilon, start);
        var largest = Math.Min(1, Math.Exp(logLargest + theta * Math.Max(start * step - epsilon, 0)));
        error += largest * Math.Exp(logAbove) + Math.Exp(logNegligible) * (window.End - start) + Underflow;
        var exponent = logScale - theta * (start * step);
        var upper = Probability(exponent + slack + Math.Log(Math.Max(sum, 0) + error));
        // Where the weights begin with the window, they miss what lies below it.
        if (start == window.First)
            upper += Probability(logChernoff + logBelow);
        var certain = sum - error - largest * Math.Exp(logBelow);
        var logLower = exponent - slack + Math.Log(certain);
        var lower = certain > 0 && !double.IsNaN(logLower) ? Probability(logLower) : 0;
        return new Bounds(Math.Min(upper + within, Probability(logChernoff)), lower);
    }

    /// <summary>e^x, at most 1; 1 where x is not a number, so that no failure of arithmetic can pass for a small upper bound.</summary>
    private static double Probability(double logarithm) => logarithm < 0 ? Math.Exp(logarithm) : 1;

    private (double Sum, double Error) Sum(double epsilon, long start)
    {
        Work += spectrum.Count;
        var kernel = new ExceedanceKernel(transform, step, theta, epsilon, start, window.End);
        var sum = new CompensatedSum();
        var errors = 0.0;
        var kernelErrors = 0.0;
        var squares = 0.0;
        foreach (var frequency in spectrum)
        {
            var (weight, weightError) = kernel.At(frequency.Index);
            var multiplicity = frequency.Index == 0 || frequency.Index == transform.Size / 2 ? 1 : 2;
            var squaredWeight = weight.Real * weight.Real + weight.Imaginary * weight.Imaginary;
            sum.Add(multiplicity * (frequency.Value.Real * weight.Real - frequency.Value.Imaginary * weight.Imaginary));
            errors += multiplicity * frequency.Bound * Math.Sqrt(squaredWeight) * (frequency.RelativeError + 20 * Unit);
            kernelErrors += multiplicity * frequency.Bound * weightError;
            squares += multiplicity * frequency.SquaredSensitivity * squaredWeight;
        }
        // By Cauchy-Schwarz the transforms' errors, bounded in norm, cost at most the norm of what multiplies them.
        var error = errors + kernelErrors + Math.Sqrt(squares);
        return (sum.Value / transform.Size, error * (1 + 1e-6) / transform.Size);
    }

    private static double Size(Complex x) => Math.Sqrt(x.Real * x.Real + x.Imaginary * x.Imaginary) * (1 + 4 * Unit);

    /// <summary>x^n by squaring: each product has relative error at most sqrt(5) u (Brent, Percival, Zimmermann 2007), n - 1 of them compounded.</summary>
    private static Complex Power(Complex x, long n)
    {
        var result = Complex.One;
        for (; n > 0; n >>= 1)
        {
            if ((n & 1) == 1)
                result = new Complex(result.Real * x.Real - result.Imaginary * x.Imaginary, result.Real * x.Imaginary + result.Imaginary * x.Real);
            x = new Complex(x.Real * x.Real - x.Imaginary * x.Imaginary, 2 * x.Real * x.Imaginary);
        }
        return result;
    }

    /// <summary>One frequency: the product of powers, the (weighted) square of its first-order error by the fast transform, an upper bound on its size, and further error relative to that.</summary>
    private readonly record struct Frequency(int Index, Complex Value, double SquaredSensitivity, double Bound, double RelativeError);
}
