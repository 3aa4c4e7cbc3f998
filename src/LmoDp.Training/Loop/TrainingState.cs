using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LmoDp.Training.Ledger;
using LmoDp.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Loop;

/// <summary>All that training changes: the trained parameters and the optimiser's state. With the step it is what a checkpoint holds, to the bit.</summary>
public sealed class TrainingState
{
    private const string OptimizerPrefix = "optimizer.";
    private readonly byte[] constants;

    /// <param name="parameters">What is trained.</param>
    /// <param name="optimizer">Its optimiser; null for a method whose steps depend on nothing but the parameters.</param>
    /// <param name="constants">Digest of all else that determines a step: frozen parameters, data, settings, code.</param>
    public TrainingState(IReadOnlyList<(string Name, Parameter Parameter)> parameters, Optimizer? optimizer, byte[] constants)
    {
        (Parameters, Optimizer, this.constants) = (parameters, optimizer, constants);
    }

    /// <summary>What is trained.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Its optimiser, where there is one.</summary>
    public Optimizer? Optimizer { get; }

    /// <summary>Every tensor by a name of its own; the tensors themselves, not copies.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors
        => Parameters.Select(entry => KeyValuePair.Create("parameter." + entry.Name, (Tensor)entry.Parameter))
            .Concat(Optimizer?.State.Select(entry => KeyValuePair.Create(OptimizerPrefix + entry.Key, entry.Value)) ?? []).ToDictionary();

    /// <summary>Goes back to a saved state.</summary>
    /// <param name="step">Steps done when it was saved.</param>
    /// <param name="tensors">As <see cref="Tensors"/> had them.</param>
    /// <exception cref="BadInputException">A tensor is missing, or of another shape or type.</exception>
    public void Restore(int step, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in Parameters)
        {
            if (!tensors.TryGetValue("parameter." + name, out var saved) || saved.dtype != parameter.dtype || !saved.shape.SequenceEqual(parameter.shape))
                throw new BadInputException($"the checkpoint has no fitting tensor for '{name}': resume with the settings of the run");
            parameter.copy_(saved);
        }
        Optimizer?.Restore(step, tensors.Where(entry => entry.Key.StartsWith(OptimizerPrefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[OptimizerPrefix.Length..], entry => entry.Value));
    }

    /// <summary>Digest of everything that determines a step but its randomness.</summary>
    public byte[] Digest(int step)
    {
        using var hash = new CanonicalHash("state");
        return hash.Add("step", step).Add("constants", constants).Add("tensors", Tensors).Finish();
    }

    /// <summary>Digest of what stays the same during a run.</summary>
    /// <param name="model">The model, as training finds it.</param>
    /// <param name="trained">Names of its trained parameters, which are left out.</param>
    /// <param name="data">Digest of the training rows.</param>
    /// <param name="settings">Every setting, in one canonical text.</param>
    /// <remarks>
    /// With another number of threads or another kind of processor the last bits of sums differ. Whether a sum does is private; that the circumstances do is not: so they count, and a step that is made again under others is
    /// a new attempt whatever its sum.
    /// </remarks>
    public static byte[] DigestOfConstants(nn.Module model, IReadOnlyCollection<string> trained, ReadOnlySpan<byte> data, string settings)
        => DigestOfConstants(model, trained, data, settings, get_num_threads());

    /// <summary>The same for a number of threads.</summary>
    internal static byte[] DigestOfConstants(nn.Module model, IReadOnlyCollection<string> trained, ReadOnlySpan<byte> data, string settings, int threads)
    {
        // What the last bits of sums depend on beside code and input, as far as it can be told.
        var computer = FormattableString.Invariant($"{threads} threads, {RuntimeInformation.ProcessArchitecture}, {Vector512.IsHardwareAccelerated}, {Vector256.IsHardwareAccelerated}");
        var names = trained.ToHashSet();
        using var hash = new CanonicalHash("constants");
        return hash.Add("frozen", model.named_parameters().Where(entry => !names.Contains(entry.name)).Select(entry => KeyValuePair.Create(entry.name, (Tensor)entry.parameter)))
            .Add("data", data).Add("settings", settings).Add("code", CodeVersion).Add("computer", computer).Finish();
    }

    /// <summary>Digest of a model's parameters, trained and frozen.</summary>
    public static byte[] DigestOfWeights(nn.Module model)
    {
        using var hash = new CanonicalHash("weights");
        return hash.Add("parameters", model.named_parameters().Select(entry => KeyValuePair.Create(entry.name, (Tensor)entry.parameter))).Finish();
    }

    /// <summary>Changes with every build: what other code computes is another release.</summary>
    private static string CodeVersion { get; } = string.Join(' ', new[] { typeof(TrainingState), typeof(Privacy.Noise.NoiseLaw), typeof(Models.Encoders.Encoder), typeof(Tensor) }
        .Select(type => type.Assembly.ManifestModule.ModuleVersionId));
}
