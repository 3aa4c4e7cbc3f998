namespace LmoDp.Privacy.Auditing;

/// <summary>What an output says about the presence of one example, in natural logarithms: positive where presence is the likelier.</summary>
public static class LikelihoodRatio
{
    /// <summary>The ratio where the example, if it is there at all, takes part with the sampling rate only: log(1 - q + q e^ratio).</summary>
    /// <param name="ratio">The ratio between taking part and not; may be infinite.</param>
    /// <param name="samplingRate">q, in [0, 1].</param>
    public static double Subsampled(double ratio, double samplingRate) => ratio > 0
        ? ratio + Math.Log(samplingRate + (1 - samplingRate) * Math.Exp(-ratio))
        : Math.Log(1 + samplingRate * double.ExpM1(ratio));
}
