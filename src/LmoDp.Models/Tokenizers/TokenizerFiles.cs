using System.Text.Json;
using LmoDp.Models.Checkpoints;

namespace LmoDp.Models.Tokenizers;

/// <summary>The files of a tokenizer as they lie in a Hugging Face folder, held in memory.</summary>
internal sealed class TokenizerFiles
{
    public const string Vocabulary = "vocab.json", Merges = "merges.txt", WordPieces = "vocab.txt", SentencePieces = "tokenizer.model";
    private const string Settings = "tokenizer_config.json", SpecialTokensMap = "special_tokens_map.json", FastTokenizer = "tokenizer.json";
    private const int LargestFile = 64 << 20;
    private static readonly string[] Known = [Vocabulary, Merges, WordPieces, SentencePieces, Settings, SpecialTokensMap, FastTokenizer];
    private readonly Dictionary<string, byte[]> contents = [];

    private TokenizerFiles(string folder) => Folder = folder;

    /// <summary>Where they were read; errors name it.</summary>
    public string Folder { get; }

    /// <summary>Reads what there is.</summary>
    /// <exception cref="BadInputException">The folder is not there, or a file is too large or cannot be read.</exception>
    public static TokenizerFiles Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new BadInputException($"there is no folder '{folder}'");
        var files = new TokenizerFiles(folder);
        foreach (var name in Known)
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path))
                files.contents[name] = BoundedFile.Read(path, LargestFile);
        }
        return files;
    }

    /// <summary>Whether a file is there.</summary>
    public bool Contains(string name) => contents.ContainsKey(name);

    /// <summary>The bytes of a file.</summary>
    public byte[] Bytes(string name) => contents[name];

    /// <summary>The text of a file, which must be UTF-8.</summary>
    public string Text(string name) => BoundedFile.Decode(contents[name], Path.Combine(Folder, name));

    /// <summary>A flag in tokenizer_config.json, or the default where it says nothing.</summary>
    public bool Flag(string key, bool absent) => Contains(Settings) ? ConfigJson.Parse(Text(Settings), Path.Combine(Folder, Settings)).Flag(key, absent) : absent;

    /// <summary>The error for a file that is not as it must be.</summary>
    public BadInputException Malformed(string name, string reason, Exception? cause = null) =>
        cause is null ? new($"{Path.Combine(Folder, name)}: {reason}") : new($"{Path.Combine(Folder, name)}: {reason}", cause);

    // Hugging Face reads the class and the longest input from here: what the file does not say is added, what it says stays.
    private void WriteSettings(string path, IReadOnlyDictionary<string, object> defaults)
    {
        var settings = Contains(Settings) ? ConfigJson.Parse(Text(Settings), Path.Combine(Folder, Settings)).Root : [];
        var missing = defaults.Where(entry => !settings.ContainsKey(entry.Key)).ToArray();
        if (missing.Length == 0)
            return;
        foreach (var (key, value) in missing)
            settings[key] = JsonSerializer.SerializeToNode(value);
        AtomicFile.WriteText(path, settings.ToJsonString(ConfigJson.Indented) + "\n");
    }

    /// <summary>Writes the files, and those that a complete folder has where they were not there.</summary>
    public void Write(string folder, IReadOnlyDictionary<string, object> defaultSettings, IReadOnlyDictionary<string, string> specialTokens, string? fastTokenizer)
    {
        foreach (var (name, content) in contents)
            AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(content));
        WriteSettings(Path.Combine(folder, Settings), defaultSettings);
        if (!Contains(SpecialTokensMap))
            AtomicFile.WriteText(Path.Combine(folder, SpecialTokensMap), JsonSerializer.Serialize(specialTokens, ConfigJson.Indented) + "\n");
        if (fastTokenizer is not null && !Contains(FastTokenizer))
            AtomicFile.WriteText(Path.Combine(folder, FastTokenizer), fastTokenizer);
    }
}
