using System.Globalization;
using LmoDp.Training.Loop;

namespace LmoDp.Cli.Output;

/// <summary>Shows where a training run stands: public quantities only (<see cref="TrainingStatus"/>).</summary>
/// <param name="stream">Standard error.</param>
/// <param name="clock">Tells how long ago the last line was; the system's where null.</param>
/// <param name="unit">What a step's batch counts.</param>
internal sealed class TrainingProgress(TextStream stream, TimeProvider? clock = null, string unit = "examples") : ProgressLine<TrainingStatus>(stream, clock)
{
    /// <summary>The line without the bar: "step 83/192, epsilon 0.187, 1204 examples/s, 2 min 10 s left".</summary>
    public static string Line(TrainingStatus status, string unit = "examples")
    {
        var epsilon = double.IsPositiveInfinity(status.EpsilonSpent) ? "not private" : $"epsilon {OutwardRounding.Up(status.EpsilonSpent, digits: 4)}";
        var speed = double.IsFinite(status.ExpectedExamplesPerSecond) ? string.Create(CultureInfo.InvariantCulture, $", {status.ExpectedExamplesPerSecond:F0} {unit}/s") : "";
        var left = status.Step >= status.Steps ? "done" : $"{Figures.Duration(status.Left)} left";
        return string.Create(CultureInfo.InvariantCulture, $"step {status.Step}/{status.Steps}, {epsilon}{speed}, {left}");
    }

    /// <inheritdoc/>
    protected override string Text(TrainingStatus value) => Line(value, unit);

    /// <inheritdoc/>
    protected override double Share(TrainingStatus value) => value.Steps > 0 ? (double)value.Step / value.Steps : 1;
}
