using System.Reflection;
using LmoDp.Tests;
using TorchSharp;
using Xunit.Sdk;
using Xunit.v3;

// A test's own tensors and numbers (x * 2) are temporaries that TorchSharp does not keep alive during the native call; another test's garbage collection would free them.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: ScopedTensors]

namespace LmoDp.Tests;

/// <summary>Keeps the tensors of each test until its end, then frees them.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ScopedTensorsAttribute : BeforeAfterTestAttribute
{
    private DisposeScope? scope;

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => scope = torch.NewDisposeScope();

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => scope?.Dispose();
}
