using LmoDp.Training.Loop;
using LmoDp.Training.Optimization;
using static TorchSharp.torch;

namespace LmoDp.Training.FirstOrder;

/// <summary>A step along a gradient.</summary>
/// <param name="gradients">Where gradients come from; disposed with the step.</param>
/// <param name="optimizer">What is done with them.</param>
/// <param name="schedule">The learning rate.</param>
public sealed class GradientStep(GradientSource gradients, Optimizer optimizer, LearningRateSchedule schedule) : TrainingStep
{
    /// <inheritdoc/>
    public override void Take(int step)
    {
        using var scope = NewDisposeScope();
        optimizer.Step(gradients.Next(step), schedule.At(step));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        gradients.Dispose();
        base.Dispose();
    }
}
