using LmoDp.Models.Adapters;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>No step makes a tensor outside a scope (<see cref="OutsideScopes"/>).</summary>
public sealed class TensorLifetimesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;

    public TensorLifetimesTests() => run = TinyRun.Create(folder.Path);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TrainingMethod.DpAdam, TrainableSet.Full)]
    [InlineData(TrainingMethod.DpAdam, TrainableSet.Bias)]
    [InlineData(TrainingMethod.DpAdam, TrainableSet.Lora)]
    [InlineData(TrainingMethod.DpAdam, TrainableSet.Prompt)]
    [InlineData(TrainingMethod.DpSgd, TrainableSet.Full)]
    [InlineData(TrainingMethod.DpSgd, TrainableSet.Head)]
    [InlineData(TrainingMethod.ZerothOrder, TrainableSet.Full)]
    [InlineData(TrainingMethod.NonPrivate, TrainableSet.Full)]
    public void StepsMakeNoTensorOutsideAScope(TrainingMethod method, TrainableSet trainable)
    {
        var settings = method == TrainingMethod.ZerothOrder ? run.ZerothOrder("few", 5, trainable: trainable) : run.Settings("few", 5, trainable: trainable) with { Method = method };
        var few = OutsideScopes.MadeBy(() => run.Execute(settings with { Steps = 2 }));
        var many = OutsideScopes.MadeBy(() => run.Execute(settings with { Output = run.Output("many"), Steps = 9 }));
        Assert.Equal(few, many);
        Assert.InRange(few, 1, 200); // parameters, as they are made and loaded
    }
}
