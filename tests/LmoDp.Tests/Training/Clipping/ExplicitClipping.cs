using LmoDp.Training.Clipping;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>What book-keeping must equal: one example at a time, its whole gradient from autograd, clipped, added up.</summary>
internal sealed class ExplicitClipping
{
    public required double[] Norms { get; init; }

    public required Dictionary<string, double[]> ParameterNorms { get; init; }

    public required Dictionary<string, Tensor> Sums { get; init; }

    /// <summary>C: half of the examples are clipped.</summary>
    public required double Clip { get; init; }

    /// <param name="trainable">float64 parameters.</param>
    /// <param name="batch">Number of examples.</param>
    /// <param name="loss">The loss of one of them.</param>
    /// <param name="factor">The clip factor from C and the norm; flat if it is not given.</param>
    public static ExplicitClipping Run(IEnumerable<(string Name, Parameter Parameter)> trainable, int batch, Func<int, Tensor> loss, Func<double, double, double>? factor = null)
    {
        factor ??= (clip, norm) => Math.Min(1, clip / norm);
        var all = trainable.ToArray();
        foreach (var (_, parameter) in all)
            parameter.requires_grad_(true);
        var gradients = Enumerable.Range(0, batch).Select(i => autograd.grad([loss(i)], [.. all.Select(pair => pair.Parameter)], allow_unused: true)).ToArray();
        foreach (var (_, parameter) in all)
            parameter.requires_grad_(false);

        var parameterNorms = new Dictionary<string, double[]>();
        for (var j = 0; j < all.Length; j++)
            parameterNorms.Add(all[j].Name, [.. gradients.Select(g => g[j].IsInvalid ? 0 : g[j].norm().item<double>())]);
        double[] norms = [.. Enumerable.Range(0, batch).Select(i => Math.Sqrt(parameterNorms.Values.Sum(norm => norm[i] * norm[i])))];
        var ordered = norms.Order().ToArray();
        var clip = (ordered[(batch - 1) / 2] + ordered[batch / 2]) / 2 * 1.0001;

        var sums = all.ToDictionary(pair => pair.Name, pair => zeros_like(pair.Parameter));
        for (var i = 0; i < batch; i++)
        {
            for (var j = 0; j < all.Length; j++)
            {
                if (!gradients[i][j].IsInvalid)
                    sums[all[j].Name].add_(gradients[i][j] * factor(clip, norms[i]));
            }
        }
        return new ExplicitClipping { Norms = norms, ParameterNorms = parameterNorms, Sums = sums, Clip = clip };
    }

    /// <summary>The largest error of norms (relative to the example's norm) and sums (relative to the whole sum's norm).</summary>
    public double Error(ClippedBatch batch, IEnumerable<(string Name, Parameter Parameter, Tensor Sum)> sums)
    {
        var worst = 0.0;
        for (var i = 0; i < Norms.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs(batch.Norms[i] - Norms[i]) / Norms[i]);
            foreach (var (name, expected) in ParameterNorms)
                worst = Math.Max(worst, Math.Abs(batch.ParameterNorms[name][i] - expected[i]) / Norms[i]);
        }
        var whole = Math.Sqrt(Sums.Values.Sum(sum => sum.square().sum().item<double>()));
        foreach (var (name, _, sum) in sums)
            worst = Math.Max(worst, (sum.to(ScalarType.Float64) - Sums[name]).norm().item<double>() / whole);
        return worst;
    }
}
