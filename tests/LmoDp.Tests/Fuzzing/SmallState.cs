using LmoDp.Training.Loop;
using LmoDp.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Tests.Fuzzing;

/// <summary>The state of a run that trains four numbers.</summary>
internal sealed class SmallState : IDisposable
{
    private readonly Parameter parameter = new(ones(2, 2));
    private readonly DpAdamW optimizer;

    public SmallState()
    {
        optimizer = new DpAdamW(new Dictionary<string, Tensor> { ["weight"] = parameter }, new AdamWSettings());
        State = new TrainingState([("weight", parameter)], optimizer, []);
    }

    public TrainingState State { get; }

    public void Dispose()
    {
        optimizer.Dispose();
        parameter.Dispose();
    }
}
