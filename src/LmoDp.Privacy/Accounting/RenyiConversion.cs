namespace LmoDp.Privacy.Accounting;

/// <summary>From a Rényi divergence to (epsilon, delta): Canonne, Kamath, Steinke, "The discrete Gaussian for differential privacy" (2020), Proposition 12.</summary>
internal static class RenyiConversion
{
    /// <summary>The epsilon that D_a &lt;= divergence implies at delta &gt; 0.</summary>
    public static double Epsilon(double order, double divergence, double delta) =>
        divergence + (LossSketch.LogLargestWeight(order - 1) - Math.Log(delta)) / (order - 1);

    /// <summary>log of the delta that D_a &lt;= divergence implies at epsilon.</summary>
    public static double LogDelta(double order, double divergence, double epsilon) =>
        (order - 1) * (divergence - epsilon) + LossSketch.LogLargestWeight(order - 1);
}
