using TorchSharp;

namespace LmoDp.Models.Layers;

/// <summary>A level of a checkpoint's parameter names that computes nothing itself, such as the <c>attention</c> of <c>attention.self.query</c>.</summary>
public sealed class ModuleGroup : torch.nn.Module
{
    /// <param name="members">The next level's names and modules.</param>
    public ModuleGroup(params ReadOnlySpan<(string Name, torch.nn.Module Module)> members) : base(nameof(ModuleGroup))
    {
        foreach (var (name, module) in members)
            register_module(name, module);
    }
}
