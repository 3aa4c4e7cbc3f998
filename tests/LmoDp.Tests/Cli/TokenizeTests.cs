using System.Text;
using System.Text.Json;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class TokenizeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_line_has_its_ids()
    {
        var json = Invocation.Of("tokenize", "--model", Vocabulary(), "--file", folder.Write("text.txt", "low lower\r\n\nlowest"), "--json").Json();
        Assert.Equal("[[4,5],[],[4,7]]", json.GetProperty("ids").GetRawText().ReplaceLineEndings("").Replace(" ", ""));
    }

    [Fact]
    public void A_person_reads_a_line_of_ids_a_line()
        => Assert.Equal($"4 5{Environment.NewLine}4{Environment.NewLine}", Invocation.Of("tokenize", "--model", Vocabulary(), "--file", folder.Write("text.txt", "low lower\nlow")).Output);

    [Fact]
    public void Reference_ids_are_met()
    {
        var model = SharedData.Require("data", "tokenizers", "roberta");
        var golden = SharedData.Require("goldens", "tokenizers", "roberta-sst2-dev.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(golden));
        var rows = document.RootElement.EnumerateArray().Where(row => !row.GetProperty("text").GetString()!.Contains('\n')).ToArray();
        var file = folder.Write("text.txt", string.Concat(rows.Select(row => row.GetProperty("text").GetString() + "\n")));
        var ids = Invocation.Of("tokenize", "--model", model, "--file", file, "--json").Json().GetProperty("ids").EnumerateArray().ToArray();
        Assert.Equal(rows.Length, ids.Length);
        for (var i = 0; i < rows.Length; i++)
            Assert.Equal(rows[i].GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), ids[i].EnumerateArray().Select(id => id.GetInt32()));
    }

    [Theory]
    [InlineData("gpt2", new[] { 15496, 995 })]
    [InlineData("llama2", new[] { 15043, 3186 })]
    public void Decoders_tokenizers_are_read(string name, int[] expected)
    {
        var model = SharedData.Require("data", "tokenizers", name);
        var ids = Invocation.Of("tokenize", "--model", model, "--file", folder.Write("text.txt", "Hello world"), "--json").Json().GetProperty("ids")[0];
        Assert.Equal(expected, ids.EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void Bad_input_is_one_line()
    {
        var text = folder.Write("text.txt", "low");
        Assert.Contains("there is no file 'nowhere.txt'", Invocation.Of("tokenize", "--model", ".", "--file", "nowhere.txt", "--json").Complaint());
        Assert.Contains("there is no folder 'nowhere'", Invocation.Of("tokenize", "--model", "nowhere", "--file", text).Complaint());
        Assert.Contains("tokenizer", Invocation.Of("tokenize", "--model", Directory.CreateDirectory(folder.File("empty")).FullName, "--file", text).Complaint());
        File.WriteAllBytes(folder.File("latin.txt"), Encoding.Latin1.GetBytes("café"));
        Assert.Contains("is not UTF-8", Invocation.Of("tokenize", "--model", Vocabulary(), "--file", folder.File("latin.txt")).Complaint());
        File.WriteAllBytes(folder.File("wide.txt"), [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("low")]);
        Assert.Contains("is not UTF-8", Invocation.Of("tokenize", "--model", Vocabulary(), "--file", folder.File("wide.txt")).Complaint());
        Assert.Contains("--file", Invocation.Of("tokenize", "--model", ".").Complaint());
    }

    private string Vocabulary()
    {
        var model = Directory.CreateDirectory(folder.File("model")).FullName;
        File.WriteAllLines(Path.Combine(model, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "low", "lower", "[MASK]", "##est"]);
        return model;
    }
}
