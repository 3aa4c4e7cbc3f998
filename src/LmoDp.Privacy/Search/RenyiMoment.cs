using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Search;

/// <summary>P^a Q^(1-a) - a P + (a-1) Q, at least 0 at every outcome, whose sum for laws of mass 1 is exp((a-1) D_a(P || Q)) - 1.</summary>
/// <param name="order">a &gt; 1.</param>
internal sealed class RenyiMoment(double order) : ConvexDivergence
{
    /// <inheritdoc/>
    public override Slopes At(double loss) => new(
        order * Elementary.Expm1((order - 1) * loss),
        (order - 1) * Elementary.Expm1(order * loss),
        order * (order - 1) * Math.Exp((order - 1) * loss));
}
