using Spectre.Console;

namespace LmoDp.Cli.Output;

/// <summary>The two streams of a program: results on standard output; progress, notes and faults on standard error.</summary>
/// <param name="Output">Where results go.</param>
/// <param name="Error">Where all else goes.</param>
internal sealed record Terminal(TextStream Output, TextStream Error)
{
    /// <summary>The console's streams.</summary>
    public static Terminal OfProcess() => new(
        new TextStream(Console.Out, !Console.IsOutputRedirected), new TextStream(Console.Error, !Console.IsErrorRedirected));
}

/// <summary>A stream of text that may be a screen.</summary>
/// <param name="Writer">The text goes here.</param>
/// <param name="IsScreen">Whether a person looks at it now: colours and redrawn lines only then.</param>
internal sealed record TextStream(TextWriter Writer, bool IsScreen)
{
    private const int PipedWidth = 160;

    /// <summary>A Spectre console on the stream; one that is not a screen gets neither colours nor control sequences.</summary>
    public IAnsiConsole Console()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsScreen ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsScreen ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsScreen ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(Writer),
        });
        if (!IsScreen)
            console.Profile.Width = PipedWidth;
        return console;
    }
}
