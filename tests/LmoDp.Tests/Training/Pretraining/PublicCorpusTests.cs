using LmoDp.Training.Pretraining;
using Xunit;

namespace LmoDp.Tests.Training.Pretraining;

public class PublicCorpusTests
{
    [Fact]
    public void EmptyLinesSeparateDocumentsAndElseEveryLineIsOne()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var paragraphs = Path.Combine(folder.FullName, "a.txt");
            var lines = Path.Combine(folder.FullName, "b.txt");
            File.WriteAllText(paragraphs, "one\ntwo\n\nthree\n");
            File.WriteAllText(lines, "four\nfive\n");
            Assert.Equal(["one\ntwo", "three", "four", "five"], PublicCorpus.Documents([paragraphs, lines], wordTokenised: false));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("It's good, isn't it?", "It 's good , is n't it ? ")]
    [InlineData("a 3.5-star film (mostly)...", "a 3.5-star film ( mostly ) ... ")]
    public void WordTokenisedStyle(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("text.txt", text);
        Assert.Equal([expected.Trim()], PublicCorpus.Documents([file], wordTokenised: true).Select(document => document.Trim()));
    }

    [Fact]
    public void TooLittleTextIsRefused()
        => Assert.Throws<BadInputException>(() => PublicCorpus.Encode([("a b c d", null)], text => [.. text.Select(c => (int)c)]));

    [Fact]
    public void HeldOutDocumentsAreOfBothStyles()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("text.txt", string.Join('\n', Enumerable.Range(0, 404).Select(i => $"it's number {i}")));
        var corpus = PublicCorpus.Encode(PublicCorpus.Documents([file], wordTokenised: true).Select(text => (text, (double?)null)), text => [.. text.Select(c => (int)c)]);
        Assert.Equal(400, corpus.Training.Count);
        Assert.Equal([true, false, true, false], corpus.HeldOut.Select(document => string.Concat(document.Ids.Select(id => (char)id)).Contains("it 's", StringComparison.Ordinal)));
    }
}
