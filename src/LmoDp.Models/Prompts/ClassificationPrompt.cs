using System.Text.Json;
using System.Text.RegularExpressions;

namespace LmoDp.Models.Prompts;

/// <summary>
/// Classification as a masked language model understands it (Schick and Schuetze, EACL 2021; Gao et al., ACL 2021): a sentence around the text, with a gap, and for each class the word that would fill it. Public settings.
/// </summary>
public sealed partial record ClassificationPrompt
{
    /// <summary>The file's name in a model's folder.</summary>
    public const string FileName = "prompt.json";

    private const string Text = "{text}", Pair = "{pair}", Mask = "{mask}";
    private const int LargestFile = 1 << 20;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <param name="template">The sentence, with <c>{text}</c>, <c>{mask}</c> for the gap and, for tasks on pairs, <c>{pair}</c>: <c>{text} It was {mask}.</c></param>
    /// <param name="words">The word of each class, in the order of the labels.</param>
    /// <exception cref="BadInputException">A part is missing or there twice, or the words are not different ones, two at least.</exception>
    public ClassificationPrompt(string template, IReadOnlyList<string> words)
    {
        (Template, Words) = (template, [.. words.Select(word => word.Trim())]);
        var fields = Field().Matches(template).Select(match => match.Value).ToArray();
        if (fields.FirstOrDefault(field => field is not (Text or Pair or Mask)) is { } unknown)
            throw new BadInputException($"the prompt has a part {unknown} that is not known: {Text}, {Pair} and {Mask} are");
        if (fields.Count(field => field == Text) != 1 || fields.Count(field => field == Mask) != 1 || fields.Count(field => field == Pair) > 1)
            throw new BadInputException($"the prompt must have {Text} and {Mask} once each, such as \"{Text} It was {Mask}.\", and {Pair} for tasks on pairs");
        if (Words.Count < 2 || Words.Any(string.IsNullOrEmpty) || Words.Distinct(StringComparer.Ordinal).Count() != Words.Count)
            throw new BadInputException("a prompt needs a word of its own for each label, such as --verbalisers terrible,great");
    }

    /// <summary>The sentence.</summary>
    public string Template { get; }

    /// <summary>The word of each class.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Whether it is for pairs of texts.</summary>
    public bool IsForPairs => Template.Contains(Pair, StringComparison.Ordinal);

    /// <summary>The prompt in a model's folder; null where there is none.</summary>
    /// <exception cref="BadInputException">The file is malformed.</exception>
    public static ClassificationPrompt? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            var stored = JsonSerializer.Deserialize<Stored>(BoundedFile.ReadText(path, LargestFile), Json);
            return stored is { Template: not null, Words: { } words } && words.All(word => word is not null) ? new ClassificationPrompt(stored.Template, stored.Words) : throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new BadInputException($"'{path}' is no prompt: expected an object with a template and words", e);
        }
    }

    /// <summary>Writes the prompt into a model's folder.</summary>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(new Stored(Template, [.. Words]), Json) + "\n");

    /// <summary>The sentence in its parts: literal texts and fields, in order. Blanks at the end of a part belong to the beginning of the next.</summary>
    internal IEnumerable<(PromptPart Part, string Literal)> Parts()
    {
        var blank = "";
        foreach (var piece in Field().Split(Template).Where(piece => piece.Length > 0))
        {
            if (piece is Text or Pair or Mask)
            {
                yield return (piece switch { Text => PromptPart.Text, Pair => PromptPart.Pair, _ => PromptPart.Mask }, blank);
                blank = "";
                continue;
            }
            var literal = blank + piece.TrimEnd();
            blank = piece[piece.TrimEnd().Length..];
            if (literal.Length > 0)
                yield return (PromptPart.Literal, literal);
        }
    }

    [GeneratedRegex(@"(\{[a-z]*\})", RegexOptions.CultureInvariant)]
    private static partial Regex Field();

    private sealed record Stored(string? Template, string[]? Words);
}

/// <summary>What a part of a prompt is.</summary>
internal enum PromptPart
{
    /// <summary>Itself.</summary>
    Literal,

    /// <summary>The text.</summary>
    Text,

    /// <summary>The second text.</summary>
    Pair,

    /// <summary>The gap.</summary>
    Mask,
}
