namespace LmoDp.Privacy.Noise;

/// <summary>The named numbers that describe a law, each given once and each asked for.</summary>
/// <param name="source">What to name in messages: the family, or the file.</param>
internal sealed class LawParameters(string source)
{
    private readonly Dictionary<string, double> values = [];

    /// <summary>Takes a number; a second one of the same name, or one that is not finite, is refused.</summary>
    public void Add(string key, double value)
    {
        if (!double.IsFinite(value))
            throw new BadInputException(FormattableString.Invariant($"{source}: {key} must be a finite number, not {value:R}"));
        if (!values.TryAdd(key, value))
            throw new BadInputException($"{source}: {key} is given twice");
    }

    /// <summary>Whether the key was given.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>The number of a key that must be there.</summary>
    public double this[string key] =>
        values.TryGetValue(key, out var value) ? value : throw new BadInputException($"{source}: {key} is missing");

    /// <summary>Refuses keys outside the given ones.</summary>
    public void Only(params ReadOnlySpan<string> keys)
    {
        foreach (var key in values.Keys)
        {
            if (!keys.Contains(key))
                throw new BadInputException($"{source}: there is no parameter {key}; expected {string.Join(", ", keys)}");
        }
    }

    /// <summary>Refuses keys that come without the one they belong to.</summary>
    public void Needs(string owner, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (Has(key) && !Has(owner))
                throw new BadInputException($"{source}: {key} is given without {owner}");
        }
    }

    /// <summary>What to name in messages.</summary>
    public string Source => source;
}
