using System.Globalization;
using System.Text.Json;
using LmoDp.Models.Tokenizers;
using Xunit;

namespace LmoDp.Tests.Models.Tokenizers;

public sealed class Gpt2TextTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void All_ids_of_the_reference_and_back()
    {
        var tokenizer = TextTokenizer.Load(SharedData.Require("data", "tokenizers", "gpt2"));
        // RoBERTa's id 4 + k is GPT-2's id in line k of dict.txt.
        var ids = File.ReadLines(SharedData.Require("data", "tokenizers", "roberta", "dict.txt")).Select(line => line.Split(' ')[0]).ToArray();
        var checkedTexts = 0;
        foreach (var file in new[] { "roberta-sst2-dev.json", "roberta-qnli-questions.json" })
        {
            using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "tokenizers", file)));
            foreach (var row in json.RootElement.EnumerateArray())
            {
                var text = row.GetProperty("text").GetString()!;
                var expected = row.GetProperty("ids").EnumerateArray().Select(id => int.Parse(ids[id.GetInt32() - 4], CultureInfo.InvariantCulture)).ToArray();
                Assert.Equal(expected, tokenizer.Encode(text));
                Assert.Equal(text, tokenizer.Decode(expected));
                checkedTexts++;
            }
        }
        Assert.Equal(2372, checkedTexts);
        Assert.Equal([15496, 50256, 995], tokenizer.Encode("Hello<|endoftext|> world"));
        Assert.Equal((50256, 50256, 50256, 50257), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.VocabSize));
    }

    [Fact]
    public void The_special_token_is_recognised_and_left_out_again()
    {
        var tokenizer = Tiny();
        var end = tokenizer.EosId!.Value;
        Assert.Equal([end, .. tokenizer.Encode("ab"), end, end], tokenizer.Encode("<|endoftext|>ab<|endoftext|><|endoftext|>"));
        Assert.Equal("abba", tokenizer.Decode([end, .. tokenizer.Encode("ab"), end, .. tokenizer.Encode("ba")]));
        Assert.Equal([.. tokenizer.Encode("ab"), .. tokenizer.Encode("ba")], tokenizer.Encode("ab", "ba", 10).Ids);
        Assert.Equal(tokenizer.Encode("abc c").Take(2), tokenizer.Encode("abc c", null, 2).Ids);
    }

    [Fact]
    public void Bytes_of_a_character_are_joined_before_they_are_read()
    {
        var tokenizer = Tiny();
        var ids = tokenizer.Encode("ab€");
        Assert.Equal("ab\ufffd", tokenizer.Decode(ids.SkipLast(1)));
        Assert.Equal("ab€", tokenizer.Decode(ids));
        Assert.Throws<BadInputException>(() => tokenizer.Decode([tokenizer.VocabSize]));
    }

    [Fact]
    public void Random_text_survives()
    {
        var tokenizer = Tiny();
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => char.ConvertFromUtf32(random.Next(4) switch
            {
                0 => random.Next('a', 'e'),
                1 => ' ',
                2 => random.Next(0x80, 0xd800),
                _ => random.Next(0x10000, 0x110000),
            })));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void Saved_folder_is_complete()
    {
        var tokenizer = Tiny();
        var copy = Directory.CreateDirectory(folder.File("copy")).FullName;
        tokenizer.Save(copy, maxTokens: 128);
        Assert.Equal(["merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"], Directory.GetFiles(copy).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(copy, "tokenizer_config.json")));
        Assert.Equal("GPT2Tokenizer", settings.RootElement.GetProperty("tokenizer_class").GetString());
        Assert.Equal("<|endoftext|>", settings.RootElement.GetProperty("pad_token").GetString());
        Assert.Equal(tokenizer.Encode("abc ba"), Assert.IsType<Gpt2TextTokenizer>(TextTokenizer.Load(copy)).Encode("abc ba"));
        Assert.Contains("tokenizer of a decoder", Assert.Throws<BadInputException>(() => EncoderTokenizer.Load(copy)).Message, StringComparison.Ordinal);
    }

    private TextTokenizer Tiny()
    {
        TinyTokenizers.WriteGpt2(folder.Path);
        return TextTokenizer.Load(folder.Path);
    }
}
