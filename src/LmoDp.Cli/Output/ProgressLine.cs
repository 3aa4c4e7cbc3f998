using Spectre.Console;

namespace LmoDp.Cli.Output;

/// <summary>Shows how far something is: one line that is redrawn on a screen, a plain line every few seconds in a log. Dispose it to end the line.</summary>
internal abstract class ProgressLine<T> : IProgress<T>, IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan ScreenInterval = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);
    private readonly IAnsiConsole console;
    private readonly bool isScreen;
    private readonly TimeProvider clock;
    private readonly IDisposable? before;
    private readonly Lock drawing = new();
    private long? lastDrawn;
    private T? latest;
    private bool pending;

    /// <param name="stream">Standard error.</param>
    /// <param name="clock">Tells how long ago the last line was; the system's where null.</param>
    /// <param name="before">A line that ends where this one begins; null for none.</param>
    protected ProgressLine(TextStream stream, TimeProvider? clock, IDisposable? before = null)
    {
        console = stream.Console();
        isScreen = stream.IsScreen;
        this.clock = clock ?? TimeProvider.System;
        this.before = before;
    }

    /// <inheritdoc/>
    public void Report(T value)
    {
        lock (drawing)
        {
            latest = value;
            pending = true;
            if (lastDrawn is not { } before || clock.GetElapsedTime(before) >= (isScreen ? ScreenInterval : LogInterval))
                Draw(value);
        }
    }

    /// <summary>Draws what was reported last, and ends the line.</summary>
    public void Dispose()
    {
        lock (drawing)
        {
            if (pending)
                Draw(latest!);
            if (isScreen && lastDrawn is not null)
                console.WriteLine();
            lastDrawn = null;
        }
    }

    /// <summary>The line without the bar.</summary>
    protected abstract string Text(T value);

    /// <summary>How much is done, from 0 to 1.</summary>
    protected abstract double Share(T value);

    private void Draw(T value)
    {
        if (lastDrawn is null)
            before?.Dispose();
        lastDrawn = clock.GetTimestamp();
        pending = false;
        if (!isScreen)
        {
            console.WriteLine(Text(value));
            return;
        }
        var filled = (int)Math.Round(BarWidth * Share(value));
        console.Write(new ControlCode("\r\u001b[2K"));
        console.Write(new string('━', filled), new Style(Color.Green));
        console.Write(new string('━', BarWidth - filled), new Style(Color.Grey35));
        console.Write(" " + Text(value));
    }
}
