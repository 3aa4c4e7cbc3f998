using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

public sealed class JudgedFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a\nb\n\nc\n", "x\ny\n")]
    [InlineData("a\n b \r\n\r\nc\n\n", "x\r\n y")]
    [InlineData("a\nb\n\nc\n\n \n\n", "x\ny\n")]
    public void AnEmptyLineEndsTheReferencesOfAnOutput(string references, string outputs)
    {
        var texts = Read(references, outputs);
        Assert.Equal(["x", "y"], texts.Select(text => text.Output));
        Assert.Equal([["a", "b"], ["c"]], texts.Select(text => text.References));
    }

    [Fact]
    public void WithoutEmptyLinesEachOutputHasOneReference()
    {
        Assert.Equal([["a"], ["b"]], Read("a\nb\n", "x\ny\n").Select(text => text.References));
        Assert.Equal([["a"], ["b"]], Read("a\nb\n\n\n", "x\ny\n").Select(text => text.References));
        Assert.Equal([["a", "b"]], Read("a\nb\n", "x\n").Select(text => text.References));
    }

    [Fact]
    public void AnOutputMayBeEmpty() => Assert.Equal(["x", "", "y"], Read("a\n\nb\n\nc\n", "x\n\ny\n").Select(text => text.Output));

    [Theory]
    [InlineData("a\n\nb\n", "x\n", "out.txt has 1 outputs (lines), but refs.txt has references for 2")]
    [InlineData("a\nb\n", "x\ny\nz\n", "out.txt has 3 outputs (lines), but refs.txt has references for 2")]
    [InlineData("a\n\n\nb\n", "x\ny\n", "refs.txt, line 3: an empty line without references before it")]
    [InlineData("\na\n", "x\n", "refs.txt, line 1: an empty line")]
    [InlineData("\n\n", "x\n", "refs.txt, line 1: an empty line")]
    [InlineData("", "x\n", "refs.txt: the file is empty")]
    [InlineData("a\n", "", "out.txt: the file is empty")]
    public void FilesThatDoNotFitAreRefused(string references, string outputs, string message)
        => Assert.Contains(message, Assert.Throws<BadInputException>(() => Read(references, outputs)).Message, StringComparison.Ordinal);

    private IReadOnlyList<JudgedText> Read(string references, string outputs) => JudgedFiles.Read(folder.Write("refs.txt", references), folder.Write("out.txt", outputs));
}
