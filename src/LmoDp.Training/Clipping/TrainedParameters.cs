using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>The parameters that are trained, each with its sum of clipped gradients and, during a micro-batch, its per-example gradients.</summary>
internal sealed class TrainedParameters : IDisposable
{
    private readonly Dictionary<object, Entry> entries = new(ReferenceEqualityComparer.Instance);

    /// <param name="Name">Its first name in the model.</param>
    /// <param name="Parameter">It.</param>
    /// <param name="Sum">The sum of clipped gradients, float64, of the parameter's shape.</param>
    public sealed record Entry(string Name, Parameter Parameter, Tensor Sum)
    {
        /// <summary>The gradients of the micro-batch at hand; null if it did not use the parameter.</summary>
        public ParameterGradient? Gradient { get; set; }
    }

    /// <param name="trainable">Names as in <c>named_parameters()</c>, and parameters.</param>
    /// <param name="layers">The layers of the model by module name.</param>
    public TrainedParameters(IEnumerable<(string Name, Parameter Parameter)> trainable, IReadOnlyList<(string Path, RecordedLayer Layer)> layers)
    {
        var known = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var byName = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (path, layer) in layers)
        {
            foreach (var (name, identity) in layer.Parameters)
            {
                known.Add(identity);
                byName.TryAdd(path.Length == 0 ? name : $"{path}.{name}", identity);
            }
        }
        foreach (var (name, parameter) in trainable)
        {
            var identity = known.Contains(parameter) ? parameter : byName.GetValueOrDefault(name)
                ?? throw new ArgumentException($"parameter '{name}' belongs to no layer whose per-example gradients are known", nameof(trainable));
            if (entries.ContainsKey(identity))
                continue;
            entries.Add(identity, new Entry(name, parameter, zeros(parameter.shape, ScalarType.Float64, parameter.device).DetachFromDisposeScope()));
        }
    }

    /// <summary>The parameters in the order in which they were given.</summary>
    public IReadOnlyCollection<Entry> All => entries.Values;

    /// <summary>Whether a parameter is trained.</summary>
    public bool Contains(object identity) => entries.ContainsKey(identity);

    /// <summary>Rows of a trained matrix.</summary>
    public long Rows(object identity) => entries[identity].Parameter.shape[0];

    /// <summary>The gradients of a matrix, or null if it is not trained.</summary>
    public MatrixGradient? Matrix(object identity) => Gradient<MatrixGradient>(identity);

    /// <summary>The gradients of a bias or gain, or null if it is not trained.</summary>
    public VectorGradient? Vector(object identity) => Gradient<VectorGradient>(identity);

    /// <summary>Frees all that belongs to the micro-batch at hand.</summary>
    public void EndBatch()
    {
        foreach (var entry in entries.Values)
        {
            entry.Gradient?.Release();
            entry.Gradient = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndBatch();
        foreach (var entry in entries.Values)
            entry.Sum.Dispose();
    }

    private T? Gradient<T>(object identity) where T : ParameterGradient, new()
    {
        return entries.TryGetValue(identity, out var entry) ? (T)(entry.Gradient ??= new T()) : null;
    }
}
