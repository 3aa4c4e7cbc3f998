using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class AuditTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] run;

    public AuditTrainingTests()
    {
        var tiny = TinyRun.Create(folder.Path);
        run = ["audit", "training", "--task", "text-classification", "--train", tiny.TrainFile, "--labels", "no,yes", "--model", tiny.Model, "--max-tokens", "30",
            "--batch-size", "30", "--steps", "2", "--noise", "gaussian:std=0.8", "--epsilon", "1e6", "--seed", "1", "--trainable", "full"];
    }

    [Fact]
    public void A_white_box_audit_prints_both_bounds_and_leaves_nothing_behind()
    {
        var json = Invocation.Of([.. Without(run, ["--batch-size"]), "--sampling-rate", "1", "--canaries", "300", "--json"]).Json();
        var (lower, upper) = (json.GetProperty("epsilonLower").GetDouble(), json.GetProperty("epsilonUpper").GetDouble());
        Assert.InRange(lower, 0.15 * upper, upper);
        Assert.False(json.GetProperty("refuted").GetBoolean());
        Assert.Equal(300, json.GetProperty("canaries").GetInt32());
        Assert.InRange(json.GetProperty("correct").GetInt32(), 1, json.GetProperty("guesses").GetInt32());
        Assert.Equal("gradient", json.GetProperty("canary").GetString());
    }

    [Theory]
    [InlineData("dp-sgd")]
    [InlineData("zeroth-order")]
    public void A_black_box_audit_works_for_every_private_method(string method)
    {
        var text = Invocation.InGerman([.. run, "--method", method, "--canary", "text", "--canaries", "30", "--confidence", "0.9"]);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("about 30 canaries (texts: black box)", text.Output);
        Assert.Contains("with confidence 0.9", text.Output);
        Assert.Contains("A small bound proves nothing", text.Output);
    }

    [Fact]
    public void A_seeded_audit_is_reproducible()
        => Assert.Equal(Guesses(), Guesses());

    [Fact]
    public void Models_that_write_and_units_of_several_rows_can_be_audited()
    {
        var writer = TinyWriter.Write(folder.File("writer"));
        folder.Write("pairs.csv", "source,target,who\n" + string.Concat(Enumerable.Range(0, 40).Select(row => $"ab,cab ba,{row / 2}\n")));
        var audit = Invocation.Of("audit", "training", "--task", "text-to-text", "--train", folder.File("pairs.csv"), "--unit-column", "who", "--model", writer, "--max-tokens", "40",
            "--sampling-rate", "0.5", "--steps", "2", "--seed", "1", "--canary", "text", "--canaries", "20");
        Assert.True(audit.ExitCode == 0, audit.Error);
    }

    [Theory]
    [InlineData("--canary text", "--method", "zeroth-order")]
    [InlineData("a private --method", "--method", "non-private", "--epsilon", "1")]
    [InlineData("fewer --canaries", "--canaries", "100000", "--delta", "1e-6")]
    [InlineData("--canaries", "--canaries", "3")]
    [InlineData("--confidence", "--confidence", "0.01")]
    [InlineData("larger than the training data", "--canaries", "10", "--batch-size", "1000")]
    public void Bad_input_gets_one_line(string expected, params string[] options)
    {
        string[] arguments = [.. Without(run, options.Where(option => option.StartsWith("--", StringComparison.Ordinal))), .. options];
        Assert.Contains(expected, Invocation.Of(arguments).Complaint());
    }

    [Fact]
    public void Files_without_a_task_are_refused()
        => Assert.Contains("--train needs --task", Invocation.Of("audit", "training", "--train", run[5]).Complaint());

    public void Dispose() => folder.Dispose();

    private (int, double) Guesses()
    {
        var json = Invocation.Of([.. run, "--canaries", "50", "--json"]).Json();
        return (json.GetProperty("correct").GetInt32(), json.GetProperty("epsilonLower").GetDouble());
    }

    /// <summary>The arguments without some options and their values.</summary>
    private static IEnumerable<string> Without(IReadOnlyList<string> arguments, IEnumerable<string> options)
    {
        var dropped = options.ToHashSet();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (dropped.Contains(arguments[i]))
                i++;
            else
                yield return arguments[i];
        }
    }
}
