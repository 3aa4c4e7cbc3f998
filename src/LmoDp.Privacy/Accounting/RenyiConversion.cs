using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>From a Rényi divergence to (epsilon, delta): Canonne, Kamath, Steinke, "The discrete Gaussian for differential privacy" (2020), Proposition 12.</summary>
internal static class RenyiConversion
{
    /// <summary>The epsilon that D_a &lt;= divergence implies at delta &gt; 0.</summary>
    public static double Epsilon(double order, double divergence, double delta) =>
        divergence + (ExceedanceKernel.LogLargestWeight(order - 1) - Math.Log(delta)) / (order - 1);

    /// <summary>log of the delta that D_a &lt;= divergence implies at epsilon.</summary>
    public static double LogDelta(double order, double divergence, double epsilon) =>
        (order - 1) * (divergence - epsilon) + ExceedanceKernel.LogLargestWeight(order - 1);

    /// <summary>
    /// log of a bound on delta(0), the total variation, for deltas so near 1 that the others say nothing: sqrt(1 - e^-KL) by the inequality of Bretagnolle and Huber (1979), and KL &lt;= D_a.
    /// </summary>
    public static double LogTotalVariation(double divergence) => 0.5 * Elementary.Log1mExp(-Math.Max(divergence, 0));
}
