using System.Runtime.CompilerServices;
using TorchSharp;

namespace LmoDp.Tests;

/// <summary>Tests compute on tensors of a few hundred numbers, where torch's own threads only wait for each other.</summary>
internal static class SingleThread
{
    [ModuleInitializer]
    internal static void Use() => torch.set_num_threads(1);
}
