using System.Globalization;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Published;

/// <summary>
/// One set of parameters of LMO noise as published with research code, under the names of its files: U = a1 Gamma(G_k, G_theta) + a3 Exponential(E_lambda) + a4 Uniform(U_a, U_b).
/// </summary>
/// <param name="A1">Weight of the Gamma part.</param>
/// <param name="K">Its shape, G_k.</param>
/// <param name="Theta">Its scale, G_theta.</param>
/// <param name="A3">Weight of the Exponential part.</param>
/// <param name="Lambda">E_lambda: a rate to the published accountant, a scale to the published sampler.</param>
/// <param name="A4">Weight of the Uniform part.</param>
/// <param name="A">Its lower end, U_a.</param>
/// <param name="B">Its upper end, U_b.</param>
/// <param name="Files">The files that hold exactly these numbers.</param>
public sealed record PublishedParameters(double A1, double K, double Theta, double A3, double Lambda, double A4, double A, double B, IReadOnlyList<PublishedFile> Files)
{
    private const string Resource = "published-parameters.csv";

    /// <summary>
    /// All distinct sets, in the order of the files: takko0234/lmo-dp at commit 0041610 and rayhanul/lmo-dp at commit bb89369, every parameter file of both (published-parameters.csv beside this code).
    /// </summary>
    public static IReadOnlyList<PublishedParameters> All { get; } = Read();

    /// <summary>The epsilons that the names of the files claim, ascending; most sets have one.</summary>
    public IReadOnlyList<double> ClaimedEpsilons => [.. Files.Select(file => file.ClaimedEpsilon).Distinct().Order()];

    /// <summary>The noise law.</summary>
    public LmoLaw Law(ExponentialReading reading) => new(
        new GammaComponent(A1, K, Theta),
        new ExponentialComponent(A3, reading == ExponentialReading.Rate ? Lambda : 1 / Lambda),
        new UniformComponent(A4, A, B));

    private static PublishedParameters[] Read()
    {
        using var reader = new StreamReader(typeof(PublishedParameters).Assembly.GetManifestResourceStream(Resource)!);
        var rows = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','));
        return
        [
            .. from row in rows
               let file = new PublishedFile(row[0], row[1], row[2].Length == 0 ? null : Number(row[2]))
               group file by (A1: Number(row[3]), K: Number(row[4]), Theta: Number(row[5]), A3: Number(row[6]), Lambda: Number(row[7]), A4: Number(row[8]), A: Number(row[9]), B: Number(row[10])) into one
               select new PublishedParameters(one.Key.A1, one.Key.K, one.Key.Theta, one.Key.A3, one.Key.Lambda, one.Key.A4, one.Key.A, one.Key.B, [.. one]),
        ];
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
