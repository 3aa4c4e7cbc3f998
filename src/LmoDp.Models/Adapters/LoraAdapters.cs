using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Adapters;

/// <summary>
/// Low-rank adapters on linear layers, GPT-2's among them: y = W x + b + (alpha / r) B A x, with A <c>[r, in]</c> and B <c>[out, r]</c> (Hu et al. 2022; the same arithmetic
/// as Hugging Face's PEFT). A and B become the sub-modules <c>lora_A</c> and <c>lora_B</c> of the layer that they adapt, which keeps its own names.
/// </summary>
public sealed class LoraAdapters
{
    private const string Down = "lora_A", Up = "lora_B";
    private readonly Scalar scale; // kept: TorchSharp does not keep a temporary one alive during the native call
    private readonly List<(string Path, AdaptableLayer Layer, Linear A, Linear B, Action Unhook)> adapted = [];

    private LoraAdapters(LoraConfig config) => (Config, scale) = (config, config.Scale);

    /// <summary>Rank and scale.</summary>
    public LoraConfig Config { get; }

    /// <summary>The last parts of the adapted layers' names, such as <c>q_proj</c>.</summary>
    public IReadOnlyList<string> AdaptedModules => [.. adapted.Select(layer => layer.Path[(layer.Path.LastIndexOf('.') + 1)..]).Distinct()];

    /// <summary>Adapts a model in place. As B is zero, its outputs do not change yet.</summary>
    /// <param name="model">Any module that runs its linear layers through <c>call</c>.</param>
    /// <param name="config">Which layers.</param>
    /// <param name="seed">A is drawn from it (Kaiming-uniform, bound 1 / sqrt(in)), the same on every machine.</param>
    /// <exception cref="BadInputException">No layer bears a target's name, or the rank is out of range.</exception>
    public static LoraAdapters Attach(nn.Module model, LoraConfig config, long seed)
    {
        config.Validate();
        var adapters = new LoraAdapters(config);
        using var generator = new Generator((ulong)seed);
        foreach (var (path, module) in model.named_modules().ToArray())
        {
            if (AdaptableLayer.For(module) is { } layer && config.Adapts(path) && adapters.adapted.TrueForAll(other => other.Layer.Module != module))
                adapters.Adapt(path, layer, generator);
        }
        if (adapters.adapted.Count == 0)
            throw new BadInputException($"LoRA: the model has no linear layer named {string.Join(", ", config.TargetModules ?? ["anything"])}");
        return adapters;
    }

    /// <summary>Whether a parameter is an adapter's, by its name.</summary>
    public static bool IsAdapter(string name) => name.Contains($".{Down}.", StringComparison.Ordinal) || name.Contains($".{Up}.", StringComparison.Ordinal);

    /// <summary>The adapters' matrices by the names they have in the model, such as <c>...query.lora_A.weight</c>.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters
        => adapted.SelectMany(layer => new[] { ($"{layer.Path}.{Down}.weight", layer.A.weight!), ($"{layer.Path}.{Up}.weight", layer.B.weight!) });

    /// <summary>The name that Hugging Face's PEFT gives an adapter parameter in adapter_model.safetensors.</summary>
    public static string PeftName(string name) => "base_model.model." + name;

    /// <summary>Folds the adapters into the weights and removes them: the model computes the same and has its former parameters again.</summary>
    public void Merge()
    {
        using var noGrad = no_grad();
        foreach (var (_, layer, a, b, unhook) in adapted)
        {
            using (var merged = Merged(layer, a, b))
                layer.Weight.copy_(merged);
            unhook();
            layer.Module.register_module(Down, null!);
            layer.Module.register_module(Up, null!);
            a.Dispose();
            b.Dispose();
        }
        adapted.Clear();
    }

    private Tensor Merged(AdaptableLayer layer, Linear a, Linear b)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var change = b.weight!.mm(a.weight!);
        var merged = layer.Weight.to(a.weight!.dtype).add(layer.InputFirst ? change.t() : change, scale);
        return merged.to(layer.Weight.dtype).MoveToOuterDisposeScope();
    }

    private void Adapt(string path, AdaptableLayer layer, Generator generator)
    {
        var type = layer.Weight.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var a = nn.Linear(layer.InputSize, Config.Rank, hasBias: false, dtype: type, device: CPU);
        var b = nn.Linear(Config.Rank, layer.OutputSize, hasBias: false, dtype: type, device: CPU);
        using (no_grad())
        {
            var bound = 1 / Math.Sqrt(layer.InputSize);
            using var drawn = empty(a.weight!.shape, ScalarType.Float32, CPU); // float32 whatever the model's type
            drawn.uniform_(-bound, bound, generator);
            a.weight.copy_(drawn);
            b.weight!.zero_();
        }
        a.to(layer.Weight.device);
        b.to(layer.Weight.device);
        layer.Module.register_module(Down, a);
        layer.Module.register_module(Up, b);
        var hook = layer.Module.register_forward_hook((_, input, output) => output.add(b.call(a.call(input.to(type))).to(output.dtype), scale));
        adapted.Add((path, layer, a, b, hook.remove));
    }
}
