using System.Globalization;
using LmoDp.Training.FirstOrder;
using Spectre.Console;

namespace LmoDp.Cli.Output;

/// <summary>
/// Shows where a training run stands: one line that is redrawn on a screen, a plain line every few seconds in a log. It shows public quantities only
/// (<see cref="TrainingStatus"/>). Dispose it to end the line.
/// </summary>
internal sealed class TrainingProgress : IProgress<TrainingStatus>, IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan ScreenInterval = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);
    private readonly IAnsiConsole console;
    private readonly bool isScreen;
    private readonly TimeProvider clock;
    private readonly string unit;
    private readonly Lock drawing = new();
    private long? lastDrawn;
    private TrainingStatus latest;
    private bool pending;

    /// <param name="stream">Standard error.</param>
    /// <param name="clock">Tells how long ago the last line was; the system's where null.</param>
    /// <param name="unit">What a step's batch counts.</param>
    public TrainingProgress(TextStream stream, TimeProvider? clock = null, string unit = "examples")
    {
        console = stream.Console();
        isScreen = stream.IsScreen;
        this.clock = clock ?? TimeProvider.System;
        this.unit = unit;
    }

    /// <inheritdoc/>
    public void Report(TrainingStatus value)
    {
        lock (drawing)
        {
            latest = value;
            pending = true;
            if (lastDrawn is not { } before || clock.GetElapsedTime(before) >= (isScreen ? ScreenInterval : LogInterval))
                Draw();
        }
    }

    /// <summary>Draws what was reported last, and ends the line.</summary>
    public void Dispose()
    {
        lock (drawing)
        {
            if (pending)
                Draw();
            if (isScreen && lastDrawn is not null)
                console.WriteLine();
            lastDrawn = null;
        }
    }

    /// <summary>The line without the bar: "step 83/192, epsilon 0.187, 1204 examples/s, 2 min 10 s left".</summary>
    public static string Line(TrainingStatus status, string unit = "examples")
    {
        var epsilon = double.IsPositiveInfinity(status.EpsilonSpent) ? "not private" : $"epsilon {OutwardRounding.Up(status.EpsilonSpent, digits: 4)}";
        var speed = double.IsFinite(status.ExpectedExamplesPerSecond) ? string.Create(CultureInfo.InvariantCulture, $", {status.ExpectedExamplesPerSecond:F0} {unit}/s") : "";
        var left = status.Step >= status.Steps ? "done" : $"{Figures.Duration(status.Left)} left";
        return string.Create(CultureInfo.InvariantCulture, $"step {status.Step}/{status.Steps}, {epsilon}{speed}, {left}");
    }

    private void Draw()
    {
        lastDrawn = clock.GetTimestamp();
        pending = false;
        if (!isScreen)
        {
            console.WriteLine(Line(latest, unit));
            return;
        }
        var filled = latest.Steps > 0 ? (int)Math.Round((double)BarWidth * latest.Step / latest.Steps) : BarWidth;
        console.Write(new ControlCode("\r\u001b[2K"));
        console.Write(new string('━', filled), new Style(Color.Green));
        console.Write(new string('━', BarWidth - filled), new Style(Color.Grey35));
        console.Write(" " + Line(latest, unit));
    }
}
