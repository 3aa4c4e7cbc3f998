using System.Reflection;
using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
using Xunit;

namespace LmoDp.Tests.Cli;

public class ConventionTests
{
    [Fact]
    public void No_verb_is_a_fault() => Assert.Contains("a verb is missing: give one of", Invocation.Of().Complaint());

    [Theory]
    [InlineData("unknown verb 'frobnicate'; 'lmodp --help' lists the verbs", "frobnicate", "--fast")]
    [InlineData("unknown verb 'acount' (did you mean 'account'?)", "acount")]
    [InlineData("unknown verb 'shwo' (did you mean 'show'?); 'lmodp noise --help' lists the verbs", "noise", "shwo")]
    [InlineData("give one of search, show", "noise")]
    [InlineData("a verb is missing before '--fast': give one of noise, account", "--fast")]
    [InlineData("unknown option '--detla' (did you mean '--delta'?); 'lmodp account --help' lists the options", "account", "--detla", "1e-5")]
    [InlineData("unknown option '--sampling_rate' (did you mean '--sampling-rate'?)", "account", "--sampling_rate", "1e-5")]
    [InlineData("'extra' is one argument too many", "noise", "show", "gaussian:std=1", "extra")]
    [InlineData("'--epsilon' is required", "calibrate", "--noise", "gaussian", "--delta", "1e-5", "--sampling-rate", "1", "--steps", "1")]
    [InlineData("--noise is empty", "account", "--noise", "")]
    [InlineData("--noise", "account", "--noise", "gaussian:std=1", "--noise", "gaussian:std=2")]
    [InlineData("@nowhere", "noise", "show", "@nowhere")]
    [InlineData("LAW", "noise", "show")]
    public void Bad_command_lines_are_one_line(string complaint, params string[] arguments)
    {
        Assert.Contains(complaint, Invocation.Of(arguments).Complaint());
        Assert.Contains(complaint, Invocation.Of([.. arguments, "--json"]).Complaint());
    }

    [Fact]
    public void An_option_without_its_value_is_a_fault() => Assert.Contains("--noise", Invocation.Of("account", "--noise").Complaint());

    [Fact]
    public void An_interrupted_run_says_so()
    {
        using var interruption = new CancellationTokenSource();
        interruption.Cancel();
        Assert.Contains("interrupted", Invocation.Of(interruption.Token, "noise", "show", "gaussian:std=1").Failure());
    }

    [Fact]
    public void Help_is_a_page_on_standard_output()
    {
        var help = Invocation.Of("--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("Usage:", help.Output);
    }

    [Theory]
    [InlineData("account")]
    [InlineData("calibrate")]
    [InlineData("noise", "show")]
    [InlineData("noise", "compare")]
    [InlineData("demo")]
    [InlineData("evaluate")]
    [InlineData("finetune")]
    [InlineData("generate")]
    [InlineData("metrics")]
    [InlineData("plan")]
    [InlineData("predict")]
    [InlineData("pretrain")]
    [InlineData("reproduce", "noise")]
    [InlineData("reproduce", "parameters")]
    [InlineData("tokenize")]
    [InlineData("verify")]
    public void Every_verb_has_help_with_an_example(params string[] verb)
    {
        var help = Invocation.Of([.. verb, "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains($"  lmodp {string.Join(' ', verb)}", help.Output[help.Output.IndexOf("Example", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void The_version_is_one_line() => Assert.Matches(@"^\d+\.\d+\.\d+\r?\n$", Invocation.Of("--version").Output);

    [Fact]
    public void ExitCodesAreNotPartOfTheDocument()
    {
        var results = typeof(VerbResult).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(VerbResult))).ToArray();
        Assert.True(results.Length > 10);
        Assert.All(results, type => Assert.NotNull(Attribute.GetCustomAttribute(type.GetProperty(nameof(VerbResult.ExitCode))!, typeof(JsonIgnoreAttribute), inherit: true)));
        Assert.All(results, type => Assert.True(type.GetProperty(nameof(VerbResult.ExitCode), BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly) is not { } own || own.IsDefined(typeof(JsonIgnoreAttribute), inherit: false)));
    }
}
