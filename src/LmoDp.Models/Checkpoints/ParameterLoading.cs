using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>What became of a checkpoint's tensors.</summary>
/// <param name="Fresh">Parameters that the checkpoint does not hold and that were left as they were.</param>
/// <param name="Unused">Tensors of the checkpoint that the model has no place for.</param>
public sealed record LoadedParameters(IReadOnlyList<string> Fresh, IReadOnlyList<string> Unused);

/// <summary>Copies a checkpoint's tensors into a module's parameters of the same names.</summary>
public static class ParameterLoading
{
    /// <summary>Loads every parameter. Floating-point tensors are cast to the parameter's type.</summary>
    /// <param name="module">Changed in place; nothing is changed when a name, shape or type does not fit.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="target">The parameter that a tensor of the checkpoint is for, by the tensor's name, or null for none. A tensor that keeps its name goes before renamed ones. Null: all keep theirs.</param>
    /// <param name="mayBeFresh">Parameters that need not be in the checkpoint, such as a new head. Null: none.</param>
    /// <exception cref="BadInputException">A parameter is missing, or a tensor has the wrong shape or type, or holds values that are not finite.</exception>
    public static LoadedParameters Load(nn.Module module, WeightFiles weights, Func<string, string?>? target = null, Func<string, bool>? mayBeFresh = null)
    {
        var parameters = module.named_parameters().ToDictionary(item => item.name, item => item.parameter, StringComparer.Ordinal);
        var sources = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var unused = new List<string>();
        foreach (var (stored, name) in weights.Tensors.Select(stored => (stored, target is null ? stored.Name : target(stored.Name))).OrderBy(item => item.stored.Name == item.Item2 ? 0 : 1))
        {
            if (name is null || !parameters.TryGetValue(name, out var parameter) || !sources.TryAdd(name, stored))
                unused.Add(stored.Name);
            else
                Check(stored, parameter.shape, weights.Folder);
        }
        var fresh = parameters.Keys.Where(name => !sources.ContainsKey(name)).ToArray();
        if (Array.Find(fresh, name => mayBeFresh?.Invoke(name) != true) is { } missing)
            throw new BadInputException($"the weights in '{weights.Folder}' lack '{missing}' {StoredTensor.Describe(parameters[missing].shape)}");

        foreach (var (name, stored) in sources)
            Copy(parameters[name], weights, stored);
        return new LoadedParameters(fresh, unused);
    }

    /// <summary>Loads one parameter from a tensor.</summary>
    /// <exception cref="BadInputException">The tensor has the wrong shape or type, or holds values that are not finite.</exception>
    internal static void Fill(Tensor parameter, WeightFiles weights, StoredTensor stored)
    {
        Check(stored, parameter.shape, weights.Folder);
        Copy(parameter, weights, stored);
    }

    /// <summary>Gives mapped weights to all layers that take them.</summary>
    /// <param name="module">Its <see cref="WideningLinear"/> layers are changed in place.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="target">As in <see cref="Load"/>.</param>
    /// <returns>The tensors that were mapped.</returns>
    /// <exception cref="BadInputException">A weight is missing, has the wrong shape or type, or holds values that are not finite.</exception>
    public static IReadOnlyCollection<string> Map(nn.Module module, WeightFiles weights, Func<string, string?> target)
    {
        var stored = weights.Tensors.GroupBy(tensor => target(tensor.Name) ?? "").ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var mapped = new List<string>();
        foreach (var (path, layer) in module.named_modules().DistinctBy(item => item.module)) // TorchSharp lists modules again under the names of the fields that hold them
        {
            if (layer is not WideningLinear linear)
                continue;
            long[] shape = [linear.OutputSize, linear.InputSize];
            if (!stored.TryGetValue($"{path}.weight", out var tensor))
                throw new BadInputException($"the weights in '{weights.Folder}' lack '{path}.weight' {StoredTensor.Describe(shape)}");
            Check(tensor, shape, weights.Folder);
            var value = weights.Map(tensor.Name);
            RequireFinite(value, tensor.Name, weights.Folder);
            linear.Attach(value);
            mapped.Add(tensor.Name);
        }
        return mapped;
    }

    private static void Copy(Tensor parameter, WeightFiles weights, StoredTensor stored)
    {
        using var noGrad = no_grad();
        using var value = weights.Read(stored.Name);
        RequireFinite(value, stored.Name, weights.Folder);
        parameter.copy_(value);
    }

    private static void Check(StoredTensor stored, long[] shape, string folder)
    {
        if (!stored.Shape.SequenceEqual(shape))
            throw new BadInputException($"'{folder}': tensor '{stored.Name}' has shape {stored.ShapeText}, but config.json asks for {StoredTensor.Describe(shape)}");
        if (!IsFloat(stored.Type))
            throw new BadInputException($"'{folder}': tensor '{stored.Name}' is {SafetensorsType.Name(stored.Type)}, but a floating-point type is expected");
    }

    private static void RequireFinite(Tensor value, string name, string folder)
    {
        using var scope = NewDisposeScope();
        if (!value.isfinite().all().item<bool>())
            throw new BadInputException($"'{folder}': tensor '{name}' holds values that are not finite (NaN or infinity): the model is damaged");
    }

    private static bool IsFloat(ScalarType type) => type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;
}
