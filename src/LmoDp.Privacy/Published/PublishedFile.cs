using System.Globalization;
using System.Text.RegularExpressions;

namespace LmoDp.Privacy.Published;

/// <summary>A parameter file that was published with LMO-DP research code.</summary>
/// <param name="Repository">Owner of the GitHub repository <c>lmo-dp</c> that holds it.</param>
/// <param name="Path">Path below that repository's folder of parameter files.</param>
/// <param name="Delta">The delta written in the file; null where it holds none.</param>
public sealed partial record PublishedFile(string Repository, string Path, double? Delta)
{
    /// <summary>The epsilon that the file's name claims.</summary>
    public double ClaimedEpsilon { get; } = EpsilonInName(Path) ?? throw new ArgumentException($"{Path} names no epsilon", nameof(Path));

    /// <summary>The epsilon in a name such as <c>fig6/lmo_eps0.3.json</c> or <c>lmo_eps_0.3.json</c>; null where there is none. Only the last part of a path counts.</summary>
    public static double? EpsilonInName(string path)
    {
        var found = Epsilon().Match(System.IO.Path.GetFileName(path));
        return found.Success && double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) is > 0 and var epsilon ? epsilon : null;
    }

    [GeneratedRegex(@"(?<![A-Za-z])eps(?:ilon)?_?([0-9]+(?:\.[0-9]+)?)", RegexOptions.CultureInvariant)]
    private static partial Regex Epsilon();
}
