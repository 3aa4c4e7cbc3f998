using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>Gradients of a matrix: example i's is the sum over uses and tokens of l_t r_t^T, kept as the rows l and r.</summary>
internal sealed class MatrixGradient : ParameterGradient
{
    private readonly List<OuterProduct> uses = [];

    /// <summary>Adds a use.</summary>
    public void Add(OuterProduct use) => uses.Add(use);

    /// <inheritdoc/>
    /// <remarks>||sum_u G_u||^2 = sum_u ||G_u||^2 + 2 sum_(u before v) &lt;G_u, G_v&gt;: without the cross terms tied weights would be clipped by too short a norm.</remarks>
    public override SquaredNorms SquaredNorms()
    {
        using var scope = NewDisposeScope();
        var total = uses[0].SquaredNorms();
        for (var v = 1; v < uses.Count; v++)
        {
            total.Add(uses[v].SquaredNorms());
            for (var u = 0; u < v; u++)
                total.Add(uses[u].InnerProducts(uses[v]), weight: 2);
        }
        foreach (var use in uses)
            use.NormsTaken();
        return total.NotNegative();
    }

    /// <inheritdoc/>
    public override void AddWeightedSum(ExampleWeights weights, Tensor sum)
    {
        foreach (var use in uses)
        {
            using (NewDisposeScope())
                use.AddWeightedSum(weights, sum);
            use.Release();
        }
        uses.Clear();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        foreach (var use in uses)
            use.Release();
        uses.Clear();
    }
}
