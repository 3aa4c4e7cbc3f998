using System.Text.Json;

namespace LmoDp.Models.Tokenizers;

/// <summary>A byte-level byte-pair vocabulary as it lies in <c>vocab.json</c> and <c>merges.txt</c> (Radford et al. 2019), checked: every byte can be spelt.</summary>
internal sealed class ByteLevelVocabulary
{
    private const int LargestId = 1 << 24;
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<int, string> entries;

    /// <exception cref="BadInputException">A file is malformed.</exception>
    public ByteLevelVocabulary(TokenizerFiles files)
    {
        ids = ReadVocabulary(files);
        entries = ids.ToDictionary(entry => entry.Value, entry => entry.Key);
        foreach (var symbol in ByteLevel.Symbols)
        {
            if (!ids.ContainsKey(symbol))
                throw files.Malformed(TokenizerFiles.Vocabulary, $"the byte symbol '{symbol}' is missing");
        }
        Merges = ReadMerges(files, ids);
        Encoder = new BytePairEncoder(ids, Merges);
        Size = entries.Keys.Max() + 1;
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; }

    /// <summary>Id of every entry.</summary>
    public IReadOnlyDictionary<string, int> Ids => ids;

    /// <summary>Pairs of entries, first learnt first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Turns text without special tokens into ids.</summary>
    public BytePairEncoder Encoder { get; }

    /// <summary>The text of ids; bytes that are no UTF-8, such as the beginning of a character whose end is missing, become U+FFFD.</summary>
    /// <exception cref="BadInputException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids) =>
        ByteLevel.Spell(ids.Select(id => entries.TryGetValue(id, out var entry) ? entry : throw new BadInputException($"the token id {id} is not in the vocabulary")));

    private static Dictionary<string, int> ReadVocabulary(TokenizerFiles files)
    {
        try
        {
            using var json = JsonDocument.Parse(files.Text(TokenizerFiles.Vocabulary), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw files.Malformed(TokenizerFiles.Vocabulary, "it is not an object of tokens and ids");
            var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
            var taken = new HashSet<int>();
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id is < 0 or > LargestId || !taken.Add(id))
                    throw files.Malformed(TokenizerFiles.Vocabulary, $"the id of '{entry.Name}' is not a whole number from 0 that no other token has");
                vocabulary.Add(entry.Name, id);
            }
            return vocabulary;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw files.Malformed(TokenizerFiles.Vocabulary, $"it is not valid JSON: {error.Message}", error);
        }
    }

    private static List<(string Left, string Right)> ReadMerges(TokenizerFiles files, Dictionary<string, int> vocabulary)
    {
        var merges = new List<(string Left, string Right)>();
        var number = 0;
        foreach (var line in files.Text(TokenizerFiles.Merges).Split('\n'))
        {
            number++;
            var merge = line.TrimEnd('\r');
            if (merge.Length == 0 || number == 1 && merge.StartsWith("#version", StringComparison.Ordinal))
                continue;
            if (merge.Split(' ') is not [var left, var right] || !vocabulary.ContainsKey(left) || !vocabulary.ContainsKey(right) || !vocabulary.ContainsKey(left + right))
                throw files.Malformed(TokenizerFiles.Merges, $"line {number} is not two tokens that, like their union, are in {TokenizerFiles.Vocabulary}");
            merges.Add((left, right));
        }
        return merges;
    }
}
