using System.Globalization;
using System.Text.Json;
using LmoDp.Cli;
using LmoDp.Cli.Output;
using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>One run of the command line inside the test's process.</summary>
internal sealed record Invocation(int ExitCode, string Output, string Error)
{
    public static Invocation Of(params string[] arguments) => Of(CancellationToken.None, arguments);

    public static Invocation Of(CancellationToken cancellation, params string[] arguments)
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        var error = new StringWriter(CultureInfo.InvariantCulture);
        var exitCode = CommandLine.Run(arguments, new Terminal(new TextStream(output, false), new TextStream(error, false)), cancellation);
        return new Invocation(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs under a culture whose decimal separator is a comma.</summary>
    public static Invocation InGerman(params string[] arguments)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            return Of(arguments);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>The one JSON document that a successful run with --json prints, and nothing beside it.</summary>
    public JsonElement Json()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        using var document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }

    /// <summary>The one line of a run that ended in bad input.</summary>
    public string Complaint() => Fault(2);

    /// <summary>The one line of a run that failed.</summary>
    public string Failure() => Fault(1);

    private string Fault(int exitCode)
    {
        Assert.Equal("", Output);
        var line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("lmodp: ", line);
        Assert.DoesNotContain("   at ", line);
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Error}");
        return line;
    }
}
