using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace LmoDp.Tests.Core;

/// <summary>What the program's own code must not be able to do, by what it refers to: draw private randomness from a generator that is no cryptographic one, run code that came with a file, start other programs.</summary>
public sealed class ForbiddenReferenceTests
{
    [Fact]
    public void NoiseIsNotDrawnFromOrdinaryGenerators()
    {
        var types = References("LmoDp.Privacy").Types;
        Assert.Contains("System.Security.Cryptography.Aes", types);
        Assert.DoesNotContain("System.Random", types);
        Assert.DoesNotContain(types, type => type.StartsWith("TorchSharp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LmoDp.Core")]
    [InlineData("LmoDp.Privacy")]
    [InlineData("LmoDp.Models")]
    [InlineData("LmoDp.Training")]
    [InlineData("lmodp")]
    public void NothingThatIsReadIsRun(string assembly)
    {
        var (types, members) = References(assembly);
        Assert.NotEmpty(types);
        foreach (var type in new[] { "System.Diagnostics.Process", "System.Diagnostics.ProcessStartInfo", "System.Reflection.Emit.DynamicMethod", "System.Reflection.Emit.AssemblyBuilder", "System.Runtime.Loader.AssemblyLoadContext",
            "System.Runtime.Serialization.Formatters.Binary.BinaryFormatter" })
            Assert.DoesNotContain(type, types);
        // torch.load and its like read Python's pickles, which can run code.
        foreach (var member in new[] { "System.Reflection.Assembly.Load", "System.Reflection.Assembly.LoadFrom", "System.Reflection.Assembly.LoadFile", "System.Type.GetType", "TorchSharp.torch.load", "TorchSharp.jit.load" })
            Assert.DoesNotContain(member, members);
    }

    private static (HashSet<string> Types, HashSet<string> Members) References(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
        var metadata = file.GetMetadataReader();
        var types = metadata.TypeReferences.Select(handle => Name(metadata.GetTypeReference(handle))).ToHashSet();
        var members = metadata.MemberReferences.Select(metadata.GetMemberReference).Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => $"{Name(metadata.GetTypeReference((TypeReferenceHandle)member.Parent))}.{metadata.GetString(member.Name)}").ToHashSet();
        return (types, members);

        string Name(TypeReference type) => type.Namespace.IsNil ? metadata.GetString(type.Name) : $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}
