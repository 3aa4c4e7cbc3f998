using System.Text;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models;
using LmoDp.Tests.Models.Tokenizers;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Readers of tokenizers' files (tokenizer.json and special_tokens_map.json are only passed on). Each tokenizer that is read encodes a text and decodes it again.</summary>
internal static class TokenizerTargets
{
    public static FuzzTarget Vocabulary(FuzzTargets targets) => BytePairs(targets, "vocab.json");

    public static FuzzTarget Merges(FuzzTargets targets) => BytePairs(targets, "merges.txt");

    public static FuzzTarget Settings(FuzzTargets targets) => WordPieces(targets, "tokenizer_config.json",
        """{"do_lower_case": true, "strip_accents": null, "tokenize_chinese_chars": false, "model_max_length": 512, "added_tokens_decoder": {"0": {"content": "[PAD]", "special": true}}}""");

    public static FuzzTarget WordPieces(FuzzTargets targets) => WordPieces(targets, "vocab.txt", null);

    public static FuzzTarget SentencePieces(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("tokenizer.model"), "tokenizer.model");
        SentencePieceFile.Tiny("ab", "\u2581", "abc", "\u2581a").Write(file);
        return Target("tokenizer.model", file, 300);
    }

    private static FuzzTarget BytePairs(FuzzTargets targets, string name)
    {
        var folder = targets.Folder(name);
        TinyTokenizers.WriteRoberta(folder);
        return Target(name, Path.Combine(folder, name), 200);
    }

    private static FuzzTarget WordPieces(FuzzTargets targets, string name, string? content)
    {
        var folder = targets.Folder(name);
        TinyTokenizers.WriteBert(folder);
        if (content is not null)
            File.WriteAllText(Path.Combine(folder, name), content, new UTF8Encoding(false));
        return Target(name, Path.Combine(folder, name), 300);
    }

    private static FuzzTarget Target(string name, string file, int share) => new(name, file, [File.ReadAllBytes(file)], () =>
    {
        var tokenizer = TextTokenizer.Load(Path.GetDirectoryName(file)!);
        tokenizer.Decode(tokenizer.Encode("abc <mask> [MASK] é好"));
        tokenizer.Encode("a b", "c", 16);
    }, Share: share);
}
