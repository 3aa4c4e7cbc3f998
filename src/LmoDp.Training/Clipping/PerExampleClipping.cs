using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// Sums of clipped per-example gradients, by book-keeping (Bu et al. 2023, "Differentially private optimization on large model at small cost"): one forward and one backward
/// pass for the whole micro-batch, in which no per-example gradient is ever stored. Each layer's input and the gradient at its output give the norms, then the weighted sum.
/// </summary>
/// <remarks>
/// <para>While it lives, no parameter of the model requires a gradient of its own. Modules are watched by forward hooks, so the model must run them through <c>call</c>, and
/// keep examples apart: example i's numbers are at index i of the first axis of every trained layer's input and output, and depend on no other example.</para>
/// <para>With <c>roundNormsUp</c> an example's weight in the sum is at most C for the norm that its recorded factors really have: <see cref="Rounding"/> bounds the error of
/// the norm, and a margin of 2^-22 that of the weight itself. What remains is float32 arithmetic on the weighted factors of matrices: each product is rounded relative to its own size, which after
/// cancellation may exceed the norm (some 1e-5 C at worst), and products are added within a micro-batch; the plan's eta is for these. Tables, gains and biases, and micro-batches to each other, are added in float64.</para>
/// </remarks>
public sealed class PerExampleClipping : IDisposable
{
    private const double ProductMargin = 1 - 1.0 / (1 << 22);
    private readonly List<IDisposable> hooks = [];
    private readonly List<Parameter> restored = [];
    private readonly TrainedParameters trained;
    private readonly bool roundNormsUp;
    private ForwardRecording? recording;

    /// <param name="model">Any module made of linear layers, embeddings, layer norms and tied decoders where it is trained.</param>
    /// <param name="trainable">What is trained: names as in <c>named_parameters()</c>, and the parameters.</param>
    /// <param name="rule">How gradients are clipped.</param>
    /// <param name="roundNormsUp">Clip by upper bounds of the norms; false only to compare with other implementations.</param>
    /// <exception cref="ArgumentException">A parameter belongs to no supported layer.</exception>
    /// <exception cref="InvalidOperationException">The device of a parameter multiplies matrices in reduced precision.</exception>
    public PerExampleClipping(nn.Module model, IEnumerable<(string Name, Parameter Parameter)> trainable, ClippingRule rule, bool roundNormsUp = true)
    {
        Rule = rule;
        this.roundNormsUp = roundNormsUp;
        var layers = new List<(string Path, RecordedLayer Layer)>();
        foreach (var (path, module) in model.named_modules().Prepend(("", model)))
        {
            if (RecordedLayer.For(module) is { } layer)
                layers.Add((path, layer));
        }
        trained = new TrainedParameters(trainable, layers);
        foreach (var device in trained.All.Select(entry => entry.Sum.device).DistinctBy(device => device.ToString()))
            Rounding.RequireFullPrecision(device);
        foreach (var parameter in model.parameters().Where(parameter => parameter.requires_grad))
        {
            parameter.requires_grad_(false);
            restored.Add(parameter);
        }
        foreach (var layer in layers.Select(pair => pair.Layer).DistinctBy(layer => layer.Module))
            Watch(layer);
    }

    /// <summary>How gradients are clipped.</summary>
    public ClippingRule Rule { get; }

    /// <summary>
    /// The sums so far by parameter: float64, of the parameter's shape, owned by this object. In float64 the rounding of a long sum does not depend on who is in it.
    /// </summary>
    public IEnumerable<(string Name, Parameter Parameter, Tensor Sum)> Sums => trained.All.Select(entry => (entry.Name, entry.Parameter, entry.Sum));

    /// <summary>Adds a micro-batch's clipped gradients to <see cref="Sums"/>.</summary>
    /// <param name="batchSize">Number of examples, maybe 0: then nothing is run.</param>
    /// <param name="losses">Runs the model; gives each example's loss, <c>[batch]</c>. Outputs of trained layers are freed afterwards, also if the function keeps them.</param>
    /// <param name="shares">What each clipped gradient is multiplied by, between 0 and 1, where several examples form one unit of privacy; null for 1.</param>
    public ClippedBatch Accumulate(long batchSize, Func<Tensor> losses, double[]? shares = null)
    {
        if (batchSize == 0)
            return ClippedBatch.Empty;
        using var scope = NewDisposeScope();
        try
        {
            using (recording = new ForwardRecording(batchSize))
            {
                using var grad = enable_grad();
                var perExample = losses();
                if (perExample.shape is not [var count] || count != batchSize)
                    throw new InvalidOperationException($"the losses have shape [{string.Join(", ", perExample.shape)}], not [{batchSize}]");
                recording.Backward(perExample.sum(), trained);
                using var noGrad = no_grad();
                return ClipAndAdd(perExample.detach(), shares);
            }
        }
        finally
        {
            recording = null;
            trained.EndBatch();
        }
    }

    /// <summary>Sets all sums to zero.</summary>
    public void Reset()
    {
        foreach (var (_, _, sum) in Sums)
            sum.zero_();
    }

    /// <summary>Removes the hooks and frees the sums; parameters require gradients again if they did before.</summary>
    public void Dispose()
    {
        hooks.ForEach(hook => hook.Dispose());
        trained.Dispose();
        restored.ForEach(parameter => parameter.requires_grad_(true));
    }

    private void Watch(RecordedLayer layer)
    {
        var own = layer.Parameters.Select(parameter => parameter.Identity).Where(trained.Contains).ToArray();
        if (own.Length == 0)
            return;
        var needsInput = own.Any(layer.NeedsInput);
        var hook = layer.Module.register_forward_hook((_, input, output) => recording?.Record(layer, input, output, needsInput) ?? output);
        hooks.Add(new Hook(hook.remove));
    }

    private ClippedBatch ClipAndAdd(Tensor losses, double[]? shares)
    {
        var batch = losses.shape[0];
        var total = SquaredNorms.Zero(batch);
        var parameterNorms = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        foreach (var entry in trained.All)
        {
            var squared = entry.Gradient?.SquaredNorms() ?? SquaredNorms.Zero(batch);
            total.Add(squared);
            parameterNorms.Add(entry.Name, Array.ConvertAll(squared.Value, Math.Sqrt));
        }
        var norms = Array.ConvertAll(total.Value, Math.Sqrt);
        double[] bounds = [.. total.Value.Zip(total.Slack, (value, slack) => Math.Sqrt(value + slack))];
        var finite = Array.ConvertAll(bounds, double.IsFinite);
        var factors = new double[batch];
        for (var i = 0; i < batch; i++)
        {
            if (finite[i])
                factors[i] = (shares?[i] ?? 1) * (roundNormsUp ? Rule.Factor(bounds[i]) * ProductMargin : Rule.Factor(norms[i]));
        }
        var weights = new ExampleWeights(factors, finite, losses.device);
        foreach (var entry in trained.All)
        {
            entry.Gradient?.AddWeightedSum(weights, entry.Sum);
            entry.Gradient = null;
        }
        return new ClippedBatch(losses.ToDoubles(), norms, bounds, factors, parameterNorms);
    }

    private sealed class Hook(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
