namespace LmoDp.Privacy.Accounting;

/// <summary>One step: delta is known without a grid, up to rounding.</summary>
internal sealed class SingleStep(SubsampledLoss loss)
{
    /// <summary>Bounds on epsilon(delta), 0 &lt; delta &lt; 1.</summary>
    public Bounds Epsilon(double delta)
    {
        var upper = Root.Of(epsilon => Delta(epsilon).Upper, delta, 1, 1e-13).Above;
        var lower = Root.Of(epsilon => Delta(epsilon).Lower, delta, Math.Max(upper, 1e-300), 1e-13).Below;
        return new Bounds(upper * (1 + 1e-14), lower * (1 - 1e-14));
    }

    /// <summary>Bounds on delta(epsilon), epsilon &gt;= 0: the larger of both directions.</summary>
    public Bounds Delta(double epsilon)
    {
        var (removal, addition) = (loss.Delta(epsilon, Adjacency.Remove), loss.Delta(epsilon, Adjacency.Add));
        return new Bounds(Math.Max(removal.Upper, addition.Upper), Math.Max(removal.Lower, addition.Lower));
    }
}
