namespace LmoDp.Training.Metrics;

/// <summary>
/// Stems of English words: the Snowball project's English stemmer (Porter2), from its published definition. R1 is what follows the first consonant after a vowel, R2 the same within R1; most suffixes
/// go only where they lie in one of them.
/// </summary>
internal static class EnglishStem
{
    // A y that stands for a consonant is written as Y on the way.
    private const string Vowels = "aeiouy";

    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["skis"] = "ski",
        ["skies"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["idly"] = "idl",
        ["gently"] = "gentl",
        ["ugly"] = "ugli",
        ["early"] = "earli",
        ["only"] = "onli",
        ["singly"] = "singl",
        ["sky"] = "sky",
        ["news"] = "news",
        ["howe"] = "howe",
        ["atlas"] = "atlas",
        ["cosmos"] = "cosmos",
        ["bias"] = "bias",
        ["andes"] = "andes",
    };

    private static readonly HashSet<string> DoneAfterPlural = new(["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"], StringComparer.Ordinal);

    private static readonly (string Suffix, string Stem)[] SecondStep =
    [
        ("ization", "ize"), ("ational", "ate"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"), ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"),
        ("alism", "al"), ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("enci", "ence"), ("anci", "ance"), ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"),
        ("bli", "ble"), ("ogi", "og"), ("li", ""),
    ];

    private static readonly (string Suffix, string Stem)[] ThirdStep =
        [("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ative", ""), ("ical", "ic"), ("ness", ""), ("ful", "")];

    private static readonly string[] FourthStep =
        ["ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion", "al", "er", "ic"];

    /// <summary>The stem of a word in lower case.</summary>
    public static string Of(string given)
    {
        if (given.Length <= 2)
            return given;
        if (Irregular.TryGetValue(given, out var irregular))
            return irregular;
        var word = MarkConsonantY(given.StartsWith('\'') ? given[1..] : given);
        var r1 = FirstRegion(word);
        var r2 = Region(word, r1);
        word = WithoutPlural(WithoutPossessive(word));
        if (DoneAfterPlural.Contains(word))
            return word;
        word = YToI(WithoutPastOrParticiple(word, r1));
        word = Replaced(word, SecondStep, (stem, suffix) => stem >= r1 && (suffix != "ogi" || word[stem - 1] == 'l') && (suffix != "li" || "cdeghkmnrt".Contains(word[stem - 1])));
        word = Replaced(word, ThirdStep, (stem, suffix) => stem >= (suffix == "ative" ? r2 : r1));
        word = Replaced(word, [.. FourthStep.Select(suffix => (suffix, ""))], (stem, suffix) => stem >= r2 && (suffix != "ion" || word[stem - 1] is 's' or 't'));
        return WithoutLast(word, r1, r2).ToLowerInvariant();
    }

    private static string MarkConsonantY(string word)
    {
        var letters = word.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
        {
            if (letters[i] == 'y' && (i == 0 || IsVowel(letters[i - 1])))
                letters[i] = 'Y';
        }
        return new string(letters);
    }

    private static bool IsVowel(char letter) => Vowels.Contains(letter);

    private static int FirstRegion(string word)
    {
        string[] starts = ["gener", "commun", "arsen"];
        return starts.FirstOrDefault(start => word.StartsWith(start, StringComparison.Ordinal)) is { } start ? start.Length : Region(word, 0);
    }

    /// <summary>What follows the first consonant that follows a vowel, looked for from a place on.</summary>
    private static int Region(string word, int from)
    {
        for (var i = from + 1; i < word.Length; i++)
        {
            if (IsVowel(word[i - 1]) && !IsVowel(word[i]))
                return i + 1;
        }
        return word.Length;
    }

    private static string WithoutPossessive(string word)
    {
        string[] endings = ["'s'", "'s", "'"];
        return endings.FirstOrDefault(ending => word.EndsWith(ending, StringComparison.Ordinal)) is { } ending ? word[..^ending.Length] : word;
    }

    private static string WithoutPlural(string word)
    {
        if (word.EndsWith("sses", StringComparison.Ordinal))
            return word[..^2];
        if (word.EndsWith("ied", StringComparison.Ordinal) || word.EndsWith("ies", StringComparison.Ordinal))
            return word.Length > 4 ? word[..^2] : word[..^1];
        if (word.EndsWith("us", StringComparison.Ordinal) || word.EndsWith("ss", StringComparison.Ordinal) || !word.EndsWith('s'))
            return word;
        return word.Length > 2 && word[..^2].Any(IsVowel) ? word[..^1] : word;
    }

    private static string WithoutPastOrParticiple(string word, int r1)
    {
        string[] endings = ["eedly", "ingly", "edly", "eed", "ing", "ed"];
        if (endings.FirstOrDefault(ending => word.EndsWith(ending, StringComparison.Ordinal)) is not { } ending)
            return word;
        var stem = word[..^ending.Length];
        if (ending.StartsWith("ee", StringComparison.Ordinal))
            return stem.Length >= r1 ? stem + "ee" : word;
        if (!stem.Any(IsVowel))
            return word;
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal))
            return stem + "e";
        if (stem.Length > 1 && stem[^1] == stem[^2] && "bdfgmnprt".Contains(stem[^1]))
            return stem[..^1];
        return r1 >= stem.Length && EndsInShortSyllable(stem) ? stem + "e" : stem;
    }

    /// <summary>A vowel before one consonant other than w, x and Y, after a consonant or at the start.</summary>
    private static bool EndsInShortSyllable(string word) => word.Length == 2
        ? IsVowel(word[0]) && !IsVowel(word[1])
        : word.Length > 2 && !IsVowel(word[^3]) && IsVowel(word[^2]) && !IsVowel(word[^1]) && !"wxY".Contains(word[^1]);

    private static string YToI(string word) => word.Length > 2 && word[^1] is 'y' or 'Y' && !IsVowel(word[^2]) ? word[..^1] + "i" : word;

    /// <summary>The longest suffix counts, whether or not it may go; suffixes come longest first.</summary>
    private static string Replaced(string word, (string Suffix, string Stem)[] suffixes, Func<int, string, bool> may)
    {
        foreach (var (suffix, stem) in suffixes)
        {
            if (word.EndsWith(suffix, StringComparison.Ordinal))
                return word.Length > suffix.Length && may(word.Length - suffix.Length, suffix) ? word[..^suffix.Length] + stem : word;
        }
        return word;
    }

    private static string WithoutLast(string word, int r1, int r2)
    {
        var last = word.Length - 1;
        if (word.EndsWith('e') && (last >= r2 || (last >= r1 && !EndsInShortSyllable(word[..last]))))
            return word[..last];
        return word.EndsWith("ll", StringComparison.Ordinal) && last >= r2 ? word[..last] : word;
    }
}
