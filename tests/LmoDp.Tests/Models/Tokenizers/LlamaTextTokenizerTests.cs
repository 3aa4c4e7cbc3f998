using LmoDp.Models.Tokenizers;
using Xunit;

namespace LmoDp.Tests.Models.Tokenizers;

public sealed class LlamaTextTokenizerTests : IDisposable
{
    private static readonly Lazy<TextTokenizer> Loaded = new(() => TextTokenizer.Load(SharedData.Require("data", "tokenizers", "llama2")));
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("Hello world", new[] { 15043, 3186 })]
    [InlineData("", new int[0])]
    [InlineData("<s>Hello</s>", new[] { 1, 15043, 2 })]
    public void Llama2_gives_known_ids(string text, int[] expected) => Assert.Equal(expected, Llama2().Encode(text));

    [Fact]
    public void Llama2_merges_as_the_scores_say()
    {
        var tokenizer = Llama2();
        var reference = SentencePieceFile.Read(SharedData.Require("data", "tokenizers", "llama2", "tokenizer.model"));
        var lines = File.ReadLines(SharedData.Require("data", "sst2", "dev.tsv")).Skip(1).Select(line => line.Split('\t')[0]).Take(300)
            .Concat(["a  b   c", " leading", "trailing ", "tabs\tand\nlines", "café 好 👩‍👩‍👧‍👦 \U0010ffff", "x\u0301\ufeff", "1234567.89 $%^&*()", "\u2581already", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "                "]);
        foreach (var line in lines)
        {
            var ids = tokenizer.Encode(line);
            Assert.Equal(reference.Encode(line), ids);
            if (!line.Contains('\u2581'))
                Assert.Equal(line, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Special_tokens_stand_where_hugging_face_puts_them()
    {
        var tokenizer = Tiny();
        Assert.Equal((1, 2, 0, 259 + 6), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.VocabSize));
        Assert.Equal([1, .. tokenizer.Encode("ab")], tokenizer.Encode("ab", null, 10).Ids);
        var pair = tokenizer.Encode("ab", "b", 10);
        Assert.Equal([1, .. tokenizer.Encode("ab"), 1, .. tokenizer.Encode("b")], pair.Ids);
        Assert.Equal(new int[pair.Ids.Count], pair.TokenTypes);
        Assert.Equal([1], tokenizer.Encode("abab", null, 1).Ids);
        Assert.Throws<BadInputException>(() => tokenizer.Encode("a", "b", 1));
        Assert.Equal("ab", tokenizer.Decode([1, .. tokenizer.Encode("ab"), 2, 0]));
    }

    [Theory]
    [InlineData("ab ab b")]
    [InlineData(" a  b ")]
    [InlineData("zebra ab")]
    [InlineData("好ab\nab€")]
    [InlineData("abababababab ab abb bba")]
    public void Tiny_vocabularies_merge_as_their_scores_say_and_decode_exactly(string text)
    {
        var tokenizer = Tiny();
        var ids = tokenizer.Encode(text);
        Assert.Equal(TinyPieces().Encode(text), ids);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void Pieces_may_reach_across_blanks()
    {
        var pieces = SentencePieceFile.Tiny("b\u2581a", "\u2581a", "ab", "\u2581", "a", "b");
        pieces.Write(folder.File("tokenizer.model"));
        var ids = TextTokenizer.Load(folder.Path).Encode("ab ab ab");
        Assert.Contains(259, ids);
        Assert.Equal(pieces.Encode("ab ab ab"), ids);
    }

    [Fact]
    public void Bytes_of_a_character_are_joined_before_they_are_read()
    {
        var tokenizer = Tiny();
        var ids = tokenizer.Encode("ab€");
        Assert.Equal("ab\ufffd", tokenizer.Decode(ids.SkipLast(1)));
        Assert.Equal("ab€", tokenizer.Decode(ids));
        Assert.Throws<BadInputException>(() => tokenizer.Decode([-1]));
        Assert.Throws<BadInputException>(() => tokenizer.Decode([tokenizer.VocabSize]));
    }

    [Theory]
    [InlineData("ab ")]
    [InlineData("a")]
    [InlineData("€")]
    public void Line_of_a_megabyte_is_encoded(string piece)
    {
        var line = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        Assert.Equal(512, Tiny().Encode(line, null, 512).Ids.Count);
        if (SharedData.Root is not null)
            Assert.Equal(512, Llama2().Encode(line, null, 512).Ids.Count);
    }

    [Theory]
    [MemberData(nameof(TextTokenizerTests.OddTexts), MemberType = typeof(TextTokenizerTests))]
    public void Odd_text_is_encoded_without_a_crash(string text)
    {
        foreach (var tokenizer in SharedData.Root is null ? new[] { Tiny() } : [Tiny(), Llama2()])
        {
            var ids = tokenizer.Encode(text);
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabSize - 1));
            _ = tokenizer.Decode(ids);
        }
    }

    [Fact]
    public void Saved_folder_is_complete()
    {
        var tokenizer = Tiny();
        var copy = Directory.CreateDirectory(folder.File("copy")).FullName;
        tokenizer.Save(copy, maxTokens: 128);
        Assert.Equal(["special_tokens_map.json", "tokenizer.model", "tokenizer_config.json"], Directory.GetFiles(copy).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.Contains("\"tokenizer_class\": \"LlamaTokenizer\"", File.ReadAllText(Path.Combine(copy, "tokenizer_config.json")), StringComparison.Ordinal);
        Assert.DoesNotContain("do_lower_case", File.ReadAllText(Path.Combine(copy, "tokenizer_config.json")), StringComparison.Ordinal);
        Assert.Equal(tokenizer.Encode("ab ba"), TextTokenizer.Load(copy).Encode("ab ba"));
    }

    [Fact]
    public void Damaged_models_are_refused_in_one_line()
    {
        Tiny();
        var path = folder.File("tokenizer.model");
        foreach (var content in new[] { [], "no protobuf at all"u8.ToArray(), File.ReadAllBytes(path)[..3000] })
        {
            File.WriteAllBytes(path, content);
            var error = Assert.Throws<BadInputException>(() => TextTokenizer.Load(folder.Path));
            Assert.Contains("tokenizer.model", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    private static TextTokenizer Llama2()
    {
        SharedData.Require("data", "tokenizers", "llama2");
        return Loaded.Value;
    }

    private static SentencePieceFile TinyPieces() => SentencePieceFile.Tiny("ab", "\u2581ab", "abab", "\u2581", "a", "b");

    private TextTokenizer Tiny()
    {
        TinyPieces().Write(folder.File("tokenizer.model"));
        return TextTokenizer.Load(folder.Path);
    }
}
