using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class MetricsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_metrics_are_one_document()
    {
        var json = Run("A cheap pub.\nA pub.\n\nA dear inn by the river.\n", "A cheap pub.\nA dear inn by the river.\n", "--json").Json();
        Assert.Equal(["bleu", "nist", "rougeL", "cider", "meteorExactStem", "outputs"], json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(1, json.GetProperty("bleu").GetDouble(), 12);
        Assert.Equal(2, json.GetProperty("outputs").GetInt32());
    }

    [Fact]
    public void Nobody_is_told_that_it_is_METEOR()
    {
        var run = Run("a b\n\nc d\n", "a b\nc x\n");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("ROUGE-L", run.Output);
        Assert.Contains("meteorExactStem is not METEOR", run.Output);
        Assert.DoesNotMatch(@"(?m)^METEOR", run.Output);
    }

    [Fact]
    public void Bad_input_is_one_line()
    {
        var file = folder.Write("some.txt", "a\n");
        Assert.Contains("--references: there is no file 'nowhere.txt'", Invocation.Of("metrics", "--references", "nowhere.txt", "--outputs", file, "--json").Complaint());
        Assert.Contains("--outputs: there is no file 'nowhere.txt'", Invocation.Of("metrics", "--references", file, "--outputs", "nowhere.txt").Complaint());
        Assert.Contains("out.txt has 3 outputs", Run("a\n\nb\n", "x\ny\nz\n").Complaint());
        Assert.Contains("the file is empty", Run("", "x\n").Complaint());
        Assert.Contains("'--outputs' is required", Invocation.Of("metrics", "--references", file).Complaint());
        File.WriteAllBytes(folder.File("latin.txt"), [0xE9, (byte)'\n']);
        Assert.Contains("not UTF-8", Invocation.Of("metrics", "--references", folder.File("latin.txt"), "--outputs", file).Complaint());
    }

    private Invocation Run(string references, string outputs, params string[] more)
        => Invocation.Of(["metrics", "--references", folder.Write("refs.txt", references), "--outputs", folder.Write("out.txt", outputs), .. more]);
}
