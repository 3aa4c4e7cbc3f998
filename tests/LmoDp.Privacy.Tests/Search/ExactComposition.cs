namespace LmoDp.Privacy.Tests.Search;

/// <summary>
/// The composed delta of lattice noise by summing over all outcomes of all steps: no grid, no tilt, no transform. The steps are split into two halves; for each outcome of the one, the
/// outcomes of the other that exceed the threshold are a tail of their sorted list.
/// </summary>
internal static class ExactComposition
{
    /// <summary>Probabilities of one step's outcomes with and without the example (removal), outcomes of equal ratio merged.</summary>
    public static (double P, double Q)[] Step(double[] probabilities, int shift, double samplingRate)
    {
        var most = probabilities.Length - 1;
        double At(int k) => Math.Abs(k) <= most ? probabilities[Math.Abs(k)] : 0;
        var step = Enumerable.Range(-most, 2 * most + 1).Select(y => (P: (samplingRate * At(y - shift)) + ((1 - samplingRate) * At(y)), Q: At(y)));
        return [.. step.GroupBy(outcome => Math.Round(Math.Log(outcome.P / outcome.Q), 11)).Select(equal => (equal.Sum(outcome => outcome.P), equal.Sum(outcome => outcome.Q)))];
    }

    /// <summary>The larger delta of the two directions of T steps.</summary>
    public static double Delta(double[] probabilities, int shift, double samplingRate, int steps, double epsilon)
    {
        var removal = Step(probabilities, shift, samplingRate);
        return Math.Max(Delta(removal, steps, epsilon), samplingRate == 1 ? 0 : Delta([.. removal.Select(outcome => (outcome.Q, outcome.P))], steps, epsilon));
    }

    /// <summary>sup over events of (P - e^epsilon Q) for T equal steps.</summary>
    public static double Delta((double P, double Q)[] step, int steps, double epsilon)
    {
        var (one, other) = (Product(step, steps / 2), Product(step, steps - (steps / 2)));
        var losses = other.Select(outcome => -Math.Log(outcome.P / outcome.Q)).ToArray();
        Array.Sort(losses, other);
        var (above, sumP, sumQ) = (new (double P, double Q)[other.Length + 1], 0.0, 0.0);
        for (var i = 0; i < other.Length; i++)
            above[i + 1] = (sumP += other[i].P, sumQ += other[i].Q);
        var (delta, growth) = (0.0, Math.Exp(epsilon));
        foreach (var (p, q) in one)
        {
            // Those with log(p / q) + loss > epsilon.
            var place = Array.BinarySearch(losses, Math.Log(p / q) - epsilon);
            var tail = above[place < 0 ? ~place : place];
            delta += Math.Max((p * tail.P) - (growth * q * tail.Q), 0);
        }
        return delta;
    }

    private static (double P, double Q)[] Product((double P, double Q)[] step, int times)
    {
        (double P, double Q)[] product = [(1, 1)];
        for (var i = 0; i < times; i++)
            product = [.. product.SelectMany(a => step.Select(b => (a.P * b.P, a.Q * b.Q)))];
        return product;
    }
}
