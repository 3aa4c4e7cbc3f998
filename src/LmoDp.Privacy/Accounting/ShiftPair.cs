using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Accounting;

/// <summary>P = law of Z + shift, Q = law of Z: one scalar release whose sensitivity is the shift (docs/accounting.md, one release).</summary>
internal sealed class ShiftPair(ContinuousLaw law, double shift) : DominatingPair
{
    /// <inheritdoc/>
    public override double MaximumLoss => law.MaximumPrivacyLoss(shift);

    /// <inheritdoc/>
    public override TailMass Above(double threshold)
    {
        if (double.IsPositiveInfinity(threshold))
            return default;
        var outputs = law.LossExceeding(threshold, shift);
        if (outputs.IsEmpty)
            return default;
        var p = law.Survival(outputs.Lower - shift);
        var q = law.Survival(outputs.Lower);
        if (double.IsPositiveInfinity(outputs.Upper))
            return new TailMass(p, q, Error(p), Error(q));
        var beyondP = law.Survival(outputs.Upper - shift);
        var beyondQ = law.Survival(outputs.Upper);
        return new TailMass(Math.Max(p - beyondP, 0), Math.Max(q - beyondQ, 0), Error(p) + Error(beyondP), Error(q) + Error(beyondQ));
    }

    /// <summary>
    /// Absolute error of a survival probability: the laws' own (tested to a few units in the last place), and the rounding of its argument x, worth
    /// u x times the hazard rate, at most 2 u |log S| for tails no lighter than the Gaussian's.
    /// </summary>
    private double Error(double survival) => survival > 0 ? survival * (law.SurvivalError - 5e-16 * Math.Log(survival)) : 0;
}
