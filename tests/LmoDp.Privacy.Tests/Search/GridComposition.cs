using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>
/// The composed delta of lattice noise for any number of steps, between two values, by nothing of the accountant's: losses of one step are rounded to a grid (all down: a lower value, all up: an upper
/// one), their masses tilted by e^(s loss) at the saddle of M(s)^T e^(-s epsilon), and the T-fold convolution taken by one FFT (MathNet's) over a window outside which less than e^-32 of the tilted
/// mass lies, by Chernoff's bound. The grid is so fine that the two values differ by about 4 % (more where sums of losses crowd at epsilon); where that would take more than 2^22 points, by more.
/// </summary>
internal static class GridComposition
{
    private const double Rounding = 0.04, LogOutside = 32;
    private const int MostPoints = 1 << 22;

    /// <summary>At most, or at least, the larger delta of the two directions of T steps.</summary>
    /// <param name="probabilities">p_0, p_1, ... of the law.</param>
    /// <param name="shift">The shift in lattice steps.</param>
    /// <param name="samplingRate">q.</param>
    /// <param name="steps">T.</param>
    /// <param name="epsilon">Any.</param>
    /// <param name="up">Whether losses are rounded up.</param>
    public static double Delta(double[] probabilities, int shift, double samplingRate, long steps, double epsilon, bool up)
    {
        var most = probabilities.Length - 1;
        double At(int k) => Math.Abs(k) <= most ? probabilities[Math.Abs(k)] : 0;
        (double P, double Q)[] removal = [.. Enumerable.Range(shift - most, (2 * most) - shift + 1).Select(y => (P: (samplingRate * At(y - shift)) + ((1 - samplingRate) * At(y)), Q: At(y)))];
        var remove = Delta(removal, steps, epsilon, up, 0);
        // Unsampled, the directions mirror each other.
        return samplingRate == 1 ? remove : Math.Max(remove, Delta([.. removal.Select(outcome => (outcome.Q, outcome.P))], steps, epsilon, up, remove));
    }

    /// <summary>delta of one direction, or 0 where Chernoff's bound on it is less than what the other direction has.</summary>
    private static double Delta((double P, double Q)[] step, long steps, double epsilon, bool up, double other)
    {
        double[] losses = [.. step.Select(outcome => Math.Log(outcome.P / outcome.Q))];
        double[] logs = [.. step.Select(outcome => Math.Log(outcome.P))];
        if (epsilon >= steps * losses.Max())
            return 0;
        double Cumulant(double s)
        {
            var largest = double.NegativeInfinity;
            for (var i = 0; i < logs.Length; i++)
                largest = Math.Max(largest, logs[i] + (s * losses[i]));
            var sum = 0.0;
            for (var i = 0; i < logs.Length; i++)
                sum += Math.Exp(logs[i] + (s * losses[i]) - largest);
            return steps * (largest + Math.Log(sum));
        }

        double[] trials = [.. Enumerable.Range(-24, 65).Select(i => Math.Pow(10, i / 8.0))];
        var tilt = trials.MinBy(s => Cumulant(s) - (s * epsilon));
        var total = Cumulant(tilt);
        if (Math.Exp(total - (tilt * epsilon) + Rounding) < other)
            return 0;
        var high = Math.Min(steps * losses.Max(), trials.Min(s => (Cumulant(tilt + s) - total + LogOutside) / s));
        var low = Math.Max(steps * losses.Min(), trials.Max(s => (total - Cumulant(tilt - s) - LogOutside) / s));

        var size = (int)Math.Min(BitOperations.RoundUpToPowerOf2((ulong)((high - low) * tilt * steps / Rounding) + (16 * (ulong)steps) + 1024), MostPoints);
        var width = (high - low) / (size - (2 * steps) - 4);
        var first = (long)Math.Floor(low / width) - steps - 1;
        int Place(long k) => (int)(((k % size) + size) % size);

        var masses = new Complex[size];
        for (var i = 0; i < losses.Length; i++)
        {
            var k = (long)(up ? Math.Ceiling(losses[i] / width) : Math.Floor(losses[i] / width));
            masses[Place(k)] += Math.Exp(logs[i] + (tilt * k * width) - (total / steps));
        }
        Fourier.Forward(masses, FourierOptions.NoScaling);
        for (var i = 0; i < size; i++)
            masses[i] = Complex.Pow(masses[i], steps);
        Fourier.Inverse(masses, FourierOptions.NoScaling);

        var delta = 0.0;
        for (var k = Math.Max(first, (long)Math.Floor(epsilon / width) + 1); k < first + size; k++)
            delta += masses[Place(k)].Real / size * Math.Exp(total - (tilt * k * width)) * (1 - Math.Exp(epsilon - (k * width)));
        return delta;
    }
}
