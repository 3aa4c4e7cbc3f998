using System.Text.Json;
using LmoDp.Models.Tokenizers;
using Xunit;

namespace LmoDp.Tests.Models;

public sealed class TextTokenizerTests : IDisposable
{
    private static readonly Lazy<EncoderTokenizer> Roberta = new(() => EncoderTokenizer.Load(SharedData.Require("data", "tokenizers", "roberta")));
    private static readonly Lazy<TextTokenizer> Bert = new(() => TextTokenizer.Load(SharedData.Require("data", "tokenizers", "bert-uncased")));
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Roberta_gives_all_ids_of_the_reference_and_back()
    {
        SharedData.Require("goldens", "tokenizers");
        SharedData.Require("data", "tokenizers", "roberta");
        var checkedTexts = 0;
        foreach (var file in new[] { "roberta-sst2-dev.json", "roberta-qnli-questions.json" })
        {
            using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "tokenizers", file)));
            foreach (var row in json.RootElement.EnumerateArray())
            {
                var text = row.GetProperty("text").GetString()!;
                var expected = row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
                Assert.Equal(expected, Roberta.Value.Encode(text));
                Assert.Equal(text, Roberta.Value.Decode(expected));
                checkedTexts++;
            }
        }
        Assert.Equal(2372, checkedTexts);
    }

    [Fact]
    public void Roberta_puts_special_tokens_as_hugging_face_does()
    {
        SharedData.Require("data", "tokenizers", "roberta");
        var single = Roberta.Value.Encode("Hello world", null, 8);
        Assert.Equal([0, 31414, 232, 2], single.Ids);
        Assert.Equal([0, 0, 0, 0], single.TokenTypes);
        var pair = Roberta.Value.Encode("Hello world", "Hello", 16);
        Assert.Equal([0, 31414, 232, 2, 2, 31414, 2], pair.Ids);
        Assert.All(pair.TokenTypes, type => Assert.Equal(0, type));
        Assert.Equal(pair.Ids.Count, pair.TokenTypes.Count);
        Assert.Equal(50264, Roberta.Value.MaskId);
        Assert.Equal(1, Roberta.Value.PadId);
        Assert.Equal(50265, Roberta.Value.VocabSize);
    }

    [Fact]
    public void Mask_takes_the_blank_before_it() =>
        Assert.Equal([31414, 50264, 4], (SharedData.Require("data", "tokenizers", "roberta"), Roberta.Value.Encode("Hello <mask>.")).Item2);

    [Theory]
    [InlineData("hello world", new[] { 7592, 2088 })]
    [InlineData("Café CAFÉ", new[] { 7668, 7668 })]
    [InlineData("unaffable", new[] { 14477, 20961, 3468 })]
    [InlineData("don't $5.00", new[] { 2123, 1005, 1056, 1002, 1019, 1012, 4002 })]
    [InlineData("1 + 1 = ^2 ~ `a`", new[] { 1015, 1009, 1015, 1027, 1034, 1016, 1066, 1036, 1037, 1036 })]
    [InlineData("北京", new[] { 1781, 1755 })]
    [InlineData("", new int[0])]
    public void Bert_gives_known_ids(string text, int[] expected)
    {
        SharedData.Require("data", "tokenizers", "bert-uncased");
        Assert.Equal(expected, Bert.Value.Encode(text));
    }

    [Fact]
    public void Bert_puts_special_tokens_and_types_as_hugging_face_does()
    {
        SharedData.Require("data", "tokenizers", "bert-uncased");
        var pair = Bert.Value.Encode("hello world", "hello", 16);
        Assert.Equal([101, 7592, 2088, 102, 7592, 102], pair.Ids);
        Assert.Equal([0, 0, 0, 0, 1, 1], pair.TokenTypes);
        Assert.Equal("hello world hello", Bert.Value.Decode(pair.Ids));
        Assert.Equal("unaffable", Bert.Value.Decode([14477, 20961, 3468]));
    }

    [Theory] // Hugging Face's fast tokenizers, TruncationStrategy::LongestFirst
    [InlineData(10, 5, 10, 4, 3)]
    [InlineData(5, 10, 10, 3, 4)]
    [InlineData(5, 5, 10, 3, 4)]
    [InlineData(2, 10, 10, 2, 5)]
    [InlineData(10, 2, 10, 5, 2)]
    [InlineData(3, 4, 10, 3, 4)]
    [InlineData(9, 9, 3, 0, 0)]
    public void Longer_text_of_a_pair_is_cut_first(int first, int second, int maxLength, int keptFirst, int keptSecond)
    {
        SharedData.Require("data", "tokenizers", "bert-uncased");
        var encoded = Bert.Value.Encode(Repeat("hello", first), Repeat("world", second), maxLength);
        Assert.Equal(keptFirst, encoded.Ids.Count(id => id == 7592));
        Assert.Equal(keptSecond, encoded.Ids.Count(id => id == 2088));
        Assert.Equal(encoded.Ids.Count, encoded.TokenTypes.Count);

        static string Repeat(string word, int count) => string.Join(' ', Enumerable.Repeat(word, count));
    }

    [Fact]
    public void Long_text_is_cut_at_the_end_and_too_little_room_is_refused()
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        var tokenizer = TextTokenizer.Load(folder.Path);
        Assert.Equal([0, .. tokenizer.Encode("ab"), 2], tokenizer.Encode("abcdef", null, 3 + tokenizer.Encode("ab").Count - 1).Ids);
        Assert.Equal([0, 2], tokenizer.Encode("abcdef", null, 2).Ids);
        Assert.Contains("at least 4", Assert.Throws<BadInputException>(() => tokenizer.Encode("a", "b", 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lower_case_setting_is_honoured_and_saved()
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"do_lower_case": true}""");
        var tokenizer = TextTokenizer.Load(folder.Path);
        Assert.Equal(tokenizer.Encode("abc"), tokenizer.Encode("ABC"));
        Directory.CreateDirectory(folder.File("copy"));
        tokenizer.Save(folder.File("copy"));
        Assert.Equal(tokenizer.Encode("abc"), TextTokenizer.Load(folder.File("copy")).Encode("ABC"));
        using var fast = JsonDocument.Parse(File.ReadAllText(folder.File("copy", "tokenizer.json")));
        Assert.Equal("Lowercase", fast.RootElement.GetProperty("normalizer").GetProperty("type").GetString());
        using var vocabulary = JsonDocument.Parse(File.ReadAllText(folder.File("vocab.json")));
        Assert.True(JsonElement.DeepEquals(vocabulary.RootElement, fast.RootElement.GetProperty("model").GetProperty("vocab")));
        Assert.Equal(File.ReadLines(folder.File("merges.txt")).Skip(1), fast.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Saved_folder_is_complete(bool roberta)
    {
        Action<string> write = roberta ? TinyTokenizers.WriteRoberta : TinyTokenizers.WriteBert;
        write(folder.Path);
        Directory.CreateDirectory(folder.File("copy"));
        TextTokenizer.Load(folder.Path).Save(folder.File("copy"), maxTokens: 128);
        string[] expected = [roberta ? "merges.txt" : "vocab.txt", "special_tokens_map.json", "tokenizer_config.json"];
        Assert.Superset(expected.ToHashSet(), Directory.GetFiles(folder.File("copy")).Select(path => Path.GetFileName(path)!).ToHashSet());
        using var settings = JsonDocument.Parse(File.ReadAllText(folder.File("copy", "tokenizer_config.json")));
        Assert.Equal(roberta ? "RobertaTokenizer" : "BertTokenizer", settings.RootElement.GetProperty("tokenizer_class").GetString());
        Assert.Equal(128, settings.RootElement.GetProperty("model_max_length").GetInt32());
        Assert.Equal(TextTokenizer.Load(folder.Path).Encode("abcab ba"), TextTokenizer.Load(folder.File("copy")).Encode("abcab ba"));
    }

    public static TheoryData<string> OddTexts => new(
        "", " ", "\n", "\t\t ", "\0\u0001\u001f\u007f", "\ud800", "a\udc00b", "\udc00\ud800", "\ufffd\ufffe\uffff", "\ufeffx", "e\u0301\u0301\u0301", "\u200b\u200d\u2028\u2029",
        "👩‍👩‍👧‍👦🏳️‍🌈", "\U0010ffff", "<s></s><mask><pad><unk>", "[CLS][SEP][MASK]", "##a", new string('\u0301', 500), new string('ß', 500), new string('好', 3000), "İıſß");

    [Theory]
    [MemberData(nameof(OddTexts))]
    public void Odd_text_is_encoded_without_a_crash(string text)
    {
        using var bert = new TemporaryFolder();
        TinyTokenizers.WriteRoberta(folder.Path);
        TinyTokenizers.WriteBert(bert.Path);
        var tokenizers = new List<TextTokenizer> { TextTokenizer.Load(folder.Path), TextTokenizer.Load(bert.Path) };
        if (SharedData.Root is not null)
            tokenizers.AddRange([Roberta.Value, Bert.Value]);
        foreach (var tokenizer in tokenizers)
        {
            var ids = tokenizer.Encode(text);
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabSize - 1));
            _ = tokenizer.Decode(ids);
            Assert.InRange(tokenizer.Encode(text, text, 9).Ids.Count, 3, 9);
        }
    }

    [Theory]
    [InlineData("word ")]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("é")]
    public void Line_of_a_megabyte_is_encoded(string piece)
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        var line = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        using var bert = new TemporaryFolder();
        TinyTokenizers.WriteBert(bert.Path);
        var tokenizers = new List<TextTokenizer> { TextTokenizer.Load(folder.Path), TextTokenizer.Load(bert.Path) };
        if (SharedData.Root is not null)
            tokenizers.AddRange([Roberta.Value, Bert.Value]);
        foreach (var tokenizer in tokenizers)
            Assert.InRange(tokenizer.Encode(line, null, 512).Ids.Count, 2, 512);

    }

    [Fact]
    public void Lower_case_is_made_character_by_character_as_hugging_face_does()
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"do_lower_case": true}""");
        var tokenizer = TextTokenizer.Load(folder.Path);
        Assert.Equal("i\u0307ab \u03c3\u03b1\u03c3 ii", tokenizer.Decode(tokenizer.Encode("\u0130AB \u03a3\u0391\u03a3 II")));
    }

    [Fact]
    public void Settings_that_hugging_face_needs_are_added_to_those_that_are_there()
    {
        TinyTokenizers.WriteBert(folder.Path);
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"do_lower_case": false, "tokenizer_class": "MyTokenizer", "own": [1]}""");
        var copy = Directory.CreateDirectory(folder.File("copy")).FullName;
        TextTokenizer.Load(folder.Path).Save(copy, maxTokens: 30);
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(copy, "tokenizer_config.json")));
        Assert.Equal(30, settings.RootElement.GetProperty("model_max_length").GetInt32());
        Assert.False(settings.RootElement.GetProperty("do_lower_case").GetBoolean());
        Assert.Equal("MyTokenizer", settings.RootElement.GetProperty("tokenizer_class").GetString());
        Assert.Equal(1, settings.RootElement.GetProperty("own")[0].GetInt32());
    }

    [Fact]
    public void Threads_may_share_a_tokenizer()
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        var tokenizer = TextTokenizer.Load(folder.Path);
        var texts = Enumerable.Range(0, 2000).Select(i => string.Join(' ', Enumerable.Range(0, 8).Select(k => Convert.ToString((i + 1) * (k + 3), 2).Replace('0', 'a').Replace('1', 'b')))).ToArray();
        var expected = texts.Select(tokenizer.Encode).ToArray();
        var fresh = TextTokenizer.Load(folder.Path);
        Assert.Equal(expected, texts.AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(fresh.Encode).ToArray());
    }

    [Theory]
    [InlineData("vocab.json", "[1]", "object")]
    [InlineData("vocab.json", "{", "JSON")]
    [InlineData("vocab.json", """{"<s>": 0, "<pad>": 1}""", "byte symbol")]
    [InlineData("vocab.json", """{"a": 0, "b": 0}""", "no other token")]
    [InlineData("vocab.json", """{"a": 0, "a": 1}""", "JSON")]
    [InlineData("vocab.json", """{"a": -1}""", "whole number")]
    [InlineData("vocab.json", """{"a": 1e9}""", "whole number")]
    [InlineData("vocab.json", """{"\ud800": 1}""", "JSON")]
    [InlineData("merges.txt", "#version: 0.2\na\n", "line 2")]
    [InlineData("merges.txt", "a b\nb zz\n", "line 2")]
    [InlineData("tokenizer_config.json", """{"do_lower_case": 1}""", "do_lower_case")]
    public void Malformed_files_are_refused(string name, string content, string expected)
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        File.WriteAllText(folder.File(name), content);
        var error = Assert.Throws<BadInputException>(() => TextTokenizer.Load(folder.Path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_special_token_is_named()
    {
        TinyTokenizers.WriteRoberta(folder.Path);
        File.WriteAllText(folder.File("vocab.json"), File.ReadAllText(folder.File("vocab.json")).Replace("\"</s>\"", "\"</t>\"", StringComparison.Ordinal));
        Assert.Contains("special token </s> is missing", Assert.Throws<BadInputException>(() => TextTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "[MASK]")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n", "twice")]
    [InlineData("[PAD]\n\n[UNK]\n", "empty")]
    [InlineData("", "one token")]
    public void Malformed_word_pieces_are_refused(string content, string expected)
    {
        File.WriteAllText(folder.File("vocab.txt"), content);
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => TextTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_without_a_tokenizer_is_said()
    {
        Assert.Contains("holds no tokenizer", Assert.Throws<BadInputException>(() => TextTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("no folder", Assert.Throws<BadInputException>(() => TextTokenizer.Load(folder.File("x"))).Message, StringComparison.Ordinal);
    }
}
