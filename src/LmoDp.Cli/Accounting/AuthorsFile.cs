using System.Text.Json;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Published;

namespace LmoDp.Cli.Accounting;

/// <summary>What the command line knows about a law beyond the law, where it was read from a file in the LMO-DP authors' format.</summary>
/// <param name="Reading">How E_lambda was read; null for a law without an Exponential part.</param>
/// <param name="ClaimedEpsilon">The epsilon in the file's name; null where there is none.</param>
internal sealed record AuthorsFile(ExponentialReading? Reading, double? ClaimedEpsilon)
{
    /// <summary>null where the law was not read from such a file.</summary>
    /// <param name="text">What the user gave for the law; it has been read.</param>
    /// <param name="law">The law that it is.</param>
    /// <param name="reading">How E_lambda was to be read.</param>
    public static AuthorsFile? Of(string text, NoiseLaw law, ExponentialReading reading) => law is LmoLaw lmo && File.Exists(text) && IsAuthors(text)
        ? new AuthorsFile(lmo.Exponential is null ? null : reading, PublishedFile.EpsilonInName(text))
        : null;

    // The own format has a property "noise".
    private static bool IsAuthors(string path)
    {
        using var document = JsonDocument.Parse(BoundedFile.Read(path, NoiseLawFile.LargestFile));
        return !document.RootElement.TryGetProperty("noise", out _);
    }
}
