using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>The finite privacy loss of a whole composition: something that bounds its delta(epsilon).</summary>
internal interface IComposedLoss
{
    /// <summary>Bounds on E[(1 - e^(epsilon - L))_+] of the grid distribution, its mass at infinity not included.</summary>
    /// <param name="epsilon">Of any sign.</param>
    Bounds Delta(double epsilon);
}

/// <summary>One step: delta is a plain sum of positive terms.</summary>
internal sealed class SingleLoss(LossPmf pmf) : IComposedLoss
{
    /// <inheritdoc/>
    public Bounds Delta(double epsilon)
    {
        var sum = 0.0;
        for (var i = pmf.Masses.Length - 1; i >= 0; i--)
        {
            var distance = pmf.Loss(i) - epsilon;
            if (distance <= 0)
                break;
            if (pmf.Masses[i] > 0)
                sum -= pmf.Masses[i] * Elementary.Expm1(-distance);
        }
        var error = 2.3e-16 * (pmf.Masses.Length + 8);
        return new Bounds(Math.Min(sum * (1 + error), 1), sum * (1 - error));
    }
}
