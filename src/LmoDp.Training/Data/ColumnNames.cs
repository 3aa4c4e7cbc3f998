namespace LmoDp.Training.Data;

/// <summary>Column names in messages.</summary>
internal static class ColumnNames
{
    private const int Shown = 12;
    private const int Longest = 40;

    /// <summary>The names in quotes: at most a dozen, long ones cut, so that a damaged header cannot flood the message; control characters are shown as '?'.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        var shown = names.Take(Shown).Select(name => $"'{Clean(name)}'");
        return string.Join(", ", shown) + (names.Count > Shown ? ", ..." : "");
    }

    /// <summary>A value fit for a one-line message.</summary>
    public static string Clean(string value, int longest = Longest)
    {
        var cut = value.Length > longest ? string.Concat(value.AsSpan(0, longest), "...") : value;
        return new string(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c).ToArray());
    }
}
