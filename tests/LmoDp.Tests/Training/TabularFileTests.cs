using LmoDp.Training.Data;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class TabularFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void TabSeparatedRowsAreReadByColumnNameWithoutQuoting()
    {
        var path = folder.Write("a.tsv", "id\ttext\tlabel\n1\tsays \"hi\t0\n2\ta, b\r still a\t1\r\n");
        var rows = TabularFile.Open(path).Read("label", "text").ToList();
        Assert.Equal(["0", "says \"hi"], rows[0].Fields);
        Assert.Equal(["1", "a, b\r still a"], rows[1].Fields);
        Assert.Equal([2L, 3L], rows.Select(row => row.Line));
    }

    [Fact]
    public void CsvFieldsMayHoldCommasQuotesAndLineBreaks()
    {
        var path = folder.Write("a.csv", "text,label\r\n\"a, \"\"b\"\"\nsecond\",x\r\n\r\nplain,y\n");
        var rows = TabularFile.Open(path).Read("text", "label").ToList();
        Assert.Equal(["a, \"b\"\nsecond", "x"], rows[0].Fields);
        Assert.Equal(["plain", "y"], rows[1].Fields);
        Assert.Equal([2L, 5L], rows.Select(row => row.Line));
    }

    [Fact]
    public void JsonLinesTakeTextNumbersAndTruthValues()
    {
        var path = folder.Write("a.jsonl", "{\"text\":\"caf\\u00e9\",\"label\":1,\"extra\":[1]}\n{\"label\":true,\"text\":\"b\"}\n");
        var rows = TabularFile.Open(path).Read("text", "label").ToList();
        Assert.Equal(["café", "1"], rows[0].Fields);
        Assert.Equal(["b", "true"], rows[1].Fields);
        Assert.Equal(["text", "label", "extra"], TabularFile.Open(path).ReadColumns());
    }

    [Theory]
    [InlineData("a.tsv", "\uFEFFtext\tlabel\nx\t0\n")]
    [InlineData("a.csv", "\uFEFFtext,label\nx,0\n")]
    [InlineData("a.csv", "\uFEFF\"text\",\"label\"\nx,0\n")]
    [InlineData("a.jsonl", "\uFEFF{\"text\":\"x\",\"label\":0}\n")]
    public void AByteOrderMarkIsNotPartOfTheFirstColumn(string name, string content)
    {
        Assert.Equal(["x", "0"], TabularFile.Open(folder.Write(name, content)).Read("text", "label").Single().Fields);
    }

    [Theory]
    [InlineData("a.tsv", "", "a.tsv: the file is empty")]
    [InlineData("a.csv", "", "a.csv: the file is empty")]
    [InlineData("a.jsonl", "", "a.jsonl: the file is empty")]
    [InlineData("a.tsv", "text\tclass\nx\t0\n", "a.tsv: there is no column 'label'; the columns are 'text', 'class'")]
    [InlineData("a.tsv", "text\tlabel\ttext\nx\t0\ty\n", "a.tsv, line 1: the header names a column twice")]
    [InlineData("a.tsv", "text\tlabel\nx\t0\nx\ty\t1\n", "a.tsv, line 3: 3 tab-separated columns where the header has 2")]
    [InlineData("a.tsv", "text\tlabel\nx\t0\n\nx\t0\n", "a.tsv, line 3: the line is empty")]
    [InlineData("a.csv", "text,label\nx,0\na,b,c\n", "a.csv, line 3: 3 columns where the header has 2")]
    [InlineData("a.csv", "text,label\nx,0\n\"never closed,1\nmore,1\n", "a.csv, line 3: not valid CSV")]
    [InlineData("a.csv", "text,label\n\"a\"b,0\n", "a.csv, line 2: not valid CSV")]
    [InlineData("a.jsonl", "{\"text\":\"x\",\"label\":0}\n{\"text\":\"x\"", "a.jsonl, line 2: not valid JSON")]
    [InlineData("a.jsonl", "{\"text\":\"x\",\"text\":\"y\",\"label\":0}\n", "a.jsonl, line 1: not valid JSON")]
    [InlineData("a.jsonl", "{\"text\":\"x\",\"label\":0}\n\n", "a.jsonl, line 2: the line is empty")]
    [InlineData("a.jsonl", "[1]\n", "a.jsonl, line 1: not a JSON object")]
    [InlineData("a.jsonl", "{\"text\":null,\"label\":0}\n", "a.jsonl, line 1: property 'text' is null, not text")]
    [InlineData("a.jsonl", "{\"text\":\"\\ud800\",\"label\":0}\n", "a.jsonl, line 1: property 'text' holds half of a surrogate pair")]
    [InlineData("a.jsonl", "{\"text\":\"x\"}\n", "a.jsonl, line 1: there is no property 'label'; the properties are 'text'")]
    [InlineData("a.txt", "x", "unknown extension '.txt'")]
    public void FaultsNameFileAndLine(string name, string content, string message)
    {
        var path = folder.Write(name, content);
        var fault = Assert.Throws<BadInputException>(() => TabularFile.Open(path).Read("text", "label").Count());
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Theory]
    [InlineData(".tsv", "text\tlabel\n")]
    [InlineData(".csv", "text,label\n")]
    [InlineData(".jsonl", "{\"text\":\"")]
    public void BytesThatAreNotUtf8AreRefused(string extension, string start)
    {
        var path = folder.File("a" + extension);
        File.WriteAllBytes(path, [.. System.Text.Encoding.ASCII.GetBytes(start), 0xE9, 0x80, (byte)'\n']);
        var fault = Assert.Throws<BadInputException>(() => TabularFile.Open(path).Read("text", "label").Count());
        Assert.Contains("not UTF-8", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".tsv", "text\tlabel\n", "")]
    [InlineData(".csv", "text,label\n", "\"")]
    [InlineData(".jsonl", "{\"text\":\"", "")]
    public void AFieldWithoutEndIsRefusedBeforeItFillsTheMemory(string extension, string start, string open)
    {
        var path = folder.Write("a" + extension, start + open + new string('x', 20_000_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<BadInputException>(() => TabularFile.Open(path).Read("text", "label").Count());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 150_000_000);
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        var fault = Assert.Throws<BadInputException>(() => TabularFile.Open(folder.File("none.tsv")));
        Assert.EndsWith("none.tsv: no such file", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
