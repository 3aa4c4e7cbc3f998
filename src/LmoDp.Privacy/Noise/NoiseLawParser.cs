using System.Globalization;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Reads a noise law from the command line: an inline form such as <c>gaussian:std=2</c>, <c>laplace:scale=1</c>,
/// <c>generalised-gaussian:std=2,power=1.4</c> or
/// <c>lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2</c> (<c>scale=</c> instead of <c>rate=</c> for the mean of the Exponential) or
/// <c>lattice:steps=4,ratio=3/2^2,weights=9+7+4</c>, or the path of a JSON file (<see cref="NoiseLawFile"/>). Numbers are read with the invariant culture only.
/// </summary>
public static class NoiseLawParser
{
    private const string Forms = "gaussian:std=, laplace:scale=, generalised-gaussian:std=,power=, lmo:a1=,k=,theta=,a3=,rate=,a4=,a=,b=, or a JSON file";

    /// <summary>The law that <paramref name="text"/> names.</summary>
    /// <param name="text">An inline form, or the path of a JSON file.</param>
    /// <param name="exponential">How the key E_lambda of the LMO-DP authors' files is read; nothing else depends on it.</param>
    /// <exception cref="BadInputException">Anything is wrong, in one line: the form, a key, a number, the file.</exception>
    public static NoiseLaw Parse(string text, ExponentialReading exponential = ExponentialReading.Rate)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new BadInputException($"the noise law is empty; expected {Forms}");
        return InlineLaw(text) ?? (File.Exists(text) ? NoiseLawFile.Read(text, exponential) : throw Unknown(text, text.IndexOf(':')));
    }

    /// <summary>The law that an inline form names. No file is ever read: for texts that stand in files themselves, which may have come from anywhere.</summary>
    /// <exception cref="BadInputException">It is no inline form of a law.</exception>
    public static NoiseLaw ParseInline(string text)
        => InlineLaw(text) ?? throw new BadInputException($"'{(text.Length > 100 ? text[..100] + "..." : text)}' does not state a noise law in full; expected {Forms[..Forms.LastIndexOf(", or", StringComparison.Ordinal)]}");

    private static NoiseLaw? InlineLaw(string text)
    {
        var colon = text.IndexOf(':');
        var family = colon < 0 ? "" : text[..colon];
        if (family == LatticeText.Family)
            return LatticeText.Parse(text[(colon + 1)..]);
        return NoiseFamily.Find(family)?.Create(Inline(family, text[(colon + 1)..]));
    }

    private static BadInputException Unknown(string text, int colon)
    {
        if (NoiseFamily.Find(text) is not null)
            return new BadInputException($"the noise law {text} has no parameters; expected {Forms}");
        return colon > 0 && !text.EndsWith(".json", StringComparison.Ordinal)
            ? new BadInputException($"there is no noise family {text[..colon]}; expected {Forms}")
            : new BadInputException($"{text} is neither a noise law nor a file that exists; expected {Forms}");
    }

    private static LawParameters Inline(string family, string list)
    {
        var parameters = new LawParameters(family);
        foreach (var part in list.Split(','))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0)
                throw new BadInputException($"{family}: {(part.Length == 0 ? "an empty parameter" : $"\"{part}\"")} is not of the form key=number (decimal point, not comma)");
            var (key, value) = (part[..equals], part[(equals + 1)..]);
            if (!double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number))
                throw new BadInputException($"{family}: {key} must be a number such as 0.5, not \"{value}\"");
            parameters.Add(key, number);
        }
        return parameters;
    }
}
