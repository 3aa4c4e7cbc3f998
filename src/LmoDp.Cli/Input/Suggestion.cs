namespace LmoDp.Cli.Input;

/// <summary>What a mistyped name was probably meant to be.</summary>
internal static class Suggestion
{
    /// <summary>" (did you mean 'account'?)", or nothing where no name is near.</summary>
    public static string For(string typed, IEnumerable<string> names)
    {
        var nearest = names.Select(name => (Name: name, Distance: Distance(typed, name)))
            .Where(candidate => candidate.Distance <= Math.Max(1, candidate.Name.TrimStart('-').Length / 3))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.Name is null ? "" : $" (did you mean '{nearest.Name}'?)";
    }

    /// <summary>Edits between two names: insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var replaced = table[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[left.Length, right.Length];
    }
}
