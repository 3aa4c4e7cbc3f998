using System.Text.Json.Serialization;
using Spectre.Console;

namespace LmoDp.Cli.Output;

/// <summary>What a verb found out. Its properties, in camelCase, are the JSON document of <c>--json</c>; <see cref="Draw"/> is what a person reads instead.</summary>
internal abstract record VerbResult
{
    /// <summary>0 for success, 1 where the result itself says that something failed.</summary>
    [JsonIgnore]
    public virtual int ExitCode => 0;

    /// <summary>Prints the result for a person.</summary>
    public abstract void Draw(IAnsiConsole console);
}
