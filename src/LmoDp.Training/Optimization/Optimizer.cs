using static TorchSharp.torch;

namespace LmoDp.Training.Optimization;

/// <summary>
/// An update rule for named float32 parameters, given the mean gradient that the private step released. It sees nothing else of the data, so whatever it does is
/// post-processing. All operations are element by element, hence the same bits for any number of threads.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private protected Optimizer(IReadOnlyDictionary<string, Tensor> parameters)
    {
        foreach (var (name, parameter) in parameters)
        {
            if (parameter.dtype != ScalarType.Float32)
                throw new ArgumentException($"parameter '{name}' is {parameter.dtype}, not Float32", nameof(parameters));
        }
        Parameters = parameters;
    }

    /// <summary>The parameters, updated in place.</summary>
    protected IReadOnlyDictionary<string, Tensor> Parameters { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>The tensors that the next step depends on beside the parameters, by name, for checkpoints and digests. They are the optimizer's own; do not change or dispose them.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Takes one step.</summary>
    /// <param name="gradient">The released mean gradient of each parameter, of its shape; not changed.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    public void Step(IReadOnlyDictionary<string, Tensor> gradient, double learningRate)
    {
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        foreach (var (name, parameter) in Parameters)
        {
            var g = gradient[name];
            if (!g.shape.SequenceEqual(parameter.shape))
                throw new ArgumentException($"the gradient of '{name}' has another shape than the parameter", nameof(gradient));
            Update(name, parameter, g, learningRate);
        }
    }

    /// <summary>Goes on from a saved state.</summary>
    /// <param name="steps">Steps taken when it was saved.</param>
    /// <param name="state">Tensors by the names of <see cref="State"/>.</param>
    /// <exception cref="BadInputException">A tensor is missing, left over, or of another shape or type.</exception>
    public void Restore(long steps, IReadOnlyDictionary<string, Tensor> state)
    {
        using var ungraded = no_grad();
        if (state.Keys.FirstOrDefault(name => !State.ContainsKey(name)) is { } unknown)
            throw new BadInputException($"the checkpoint's optimiser state has a tensor '{unknown}' that does not belong there: resume with the settings of the run");
        foreach (var (name, own) in State)
        {
            if (!state.TryGetValue(name, out var saved) || saved.dtype != own.dtype || !saved.shape.SequenceEqual(own.shape))
                throw new BadInputException($"the checkpoint's optimiser state has no fitting tensor '{name}': resume with the settings of the run");
            own.copy_(saved);
        }
        Steps = steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in State.Values)
            tensor.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Update(string name, Tensor parameter, Tensor gradient, double learningRate);

    /// <summary>A zero tensor like each parameter, named with a prefix.</summary>
    private protected static IEnumerable<KeyValuePair<string, Tensor>> Zeros(IReadOnlyDictionary<string, Tensor> parameters, string prefix)
        => parameters.Select(parameter => KeyValuePair.Create(prefix + parameter.Key, zeros_like(parameter.Value, requires_grad: false).DetachFromDisposeScope()));
}
