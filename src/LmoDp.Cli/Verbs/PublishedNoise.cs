using System.Globalization;
using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Published;
using LmoDp.Privacy.Sampling;
using static LmoDp.Cli.Output.TextTable;

namespace LmoDp.Cli.Verbs;

/// <summary>One parameter set of the paper's figure, beside the least Gaussian and Laplace noise at the epsilon that it claims. Entropies in nats.</summary>
/// <param name="ClaimedEpsilon">In the file's name.</param>
/// <param name="Epsilon">Upper bound on what one scalar costs.</param>
/// <param name="Std">Of the LMO law.</param>
/// <param name="Entropy">Of the LMO law.</param>
/// <param name="GaussianStd">Of the least Gaussian noise that keeps the claim.</param>
/// <param name="GaussianEntropy">Of the same.</param>
/// <param name="ClassicalGaussianStd">sqrt(2 log(1.25/delta)) / epsilon: the Gaussian that the published code compares with.</param>
/// <param name="LaplaceStd">Of the least Laplace noise that keeps the claim.</param>
/// <param name="LaplaceEntropy">Of the same.</param>
/// <param name="Lmo">The LMO law.</param>
/// <param name="Gaussian">The Gaussian that keeps the claim.</param>
internal sealed record PublishedNoise(double ClaimedEpsilon, double Epsilon, double Std, double Entropy, double GaussianStd, double GaussianEntropy, double ClassicalGaussianStd, double LaplaceStd,
    double LaplaceEntropy, [property: JsonIgnore] NoiseLaw Lmo, [property: JsonIgnore] NoiseLaw Gaussian)
{
    /// <summary>The folder of parameter files that belongs to the paper's figure.</summary>
    private const string Folder = "fig6/";

    /// <summary>Claimed epsilons of the scatter figure: the strong end and the middle of the range.</summary>
    public static IReadOnlyList<double> Scattered { get; } = [0.3, 0.7, 2, 3];

    /// <summary>All sets of the figure, by claimed epsilon.</summary>
    public static IReadOnlyList<PublishedNoise> At(double delta, ExponentialReading reading) =>
    [
        .. from set in PublishedParameters.All
           let file = set.Files.FirstOrDefault(file => file.Path.StartsWith(Folder, StringComparison.Ordinal))
           where file is not null
           orderby file.ClaimedEpsilon
           select Of(file.ClaimedEpsilon, set.Law(reading), delta),
    ];

    private static PublishedNoise Of(double claim, LmoLaw lmo, double delta)
    {
        NoiseLaw Least(NoiseLaw shape) => Calibration.Calibrate(new ScalarRelease(shape), claim, delta, 1, 1).Noise;
        var (gaussian, laplace) = (Least(new GaussianLaw(1)), Least(new LaplaceLaw(1)));
        var epsilon = PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(lmo), 1, 1)), delta).Upper;
        return new PublishedNoise(claim, epsilon, lmo.StandardDeviation, lmo.Entropy, gaussian.StandardDeviation, gaussian.Entropy, MomentFormula.ClassicalGaussianMultiplier(claim, delta),
            laplace.StandardDeviation, laplace.Entropy, lmo, gaussian);
    }

    /// <summary>The numbers of the figure, variances as the paper has them.</summary>
    public static TextTable Table(IReadOnlyList<PublishedNoise> laws) => new(
        ["claimedEpsilon", "epsilon", "lmoVariance", "lmoEntropy", "gaussianVariance", "gaussianEntropy", "classicalGaussianVariance", "laplaceVariance", "laplaceEntropy"],
        [
            .. laws.Select(law => (string[])
            [
                Cell(law.ClaimedEpsilon), Cell(law.Epsilon), Cell(law.Std * law.Std), Cell(law.Entropy), Cell(law.GaussianStd * law.GaussianStd), Cell(law.GaussianEntropy),
                Cell(law.ClassicalGaussianStd * law.ClassicalGaussianStd), Cell(law.LaplaceStd * law.LaplaceStd), Cell(law.LaplaceEntropy),
            ]),
        ]);
}

/// <summary>Draws of an LMO law and of the Gaussian beside it, from a fixed seed: for a picture, never to hide anything.</summary>
internal sealed class NoiseDraws
{
    private const int Count = 1000;

    public NoiseDraws(PublishedNoise law)
    {
        Law = law;
        Lmo = Draw(law.Lmo, law.ClaimedEpsilon);
        Gaussian = Draw(law.Gaussian, law.ClaimedEpsilon);
    }

    /// <summary>Whose draws.</summary>
    public PublishedNoise Law { get; }

    /// <summary>Of the LMO law.</summary>
    public double[] Lmo { get; }

    /// <summary>Of the Gaussian that keeps the claimed epsilon.</summary>
    public double[] Gaussian { get; }

    /// <summary>All draws, one column a law.</summary>
    public static TextTable Table(IReadOnlyList<NoiseDraws> draws) => new(
        ["draw", .. draws.SelectMany(at => (string[])[Name("lmo", at), Name("gaussian", at)])],
        [.. Enumerable.Range(0, Count).Select(i => (string[])[(i + 1).ToString(CultureInfo.InvariantCulture), .. draws.SelectMany(at => (string[])[Cell(at.Lmo[i]), Cell(at.Gaussian[i])])])]);

    private static string Name(string law, NoiseDraws at) => $"{law}.{Cell(at.Law.ClaimedEpsilon)}";

    private static double[] Draw(NoiseLaw law, double epsilon)
    {
        using var random = AesCtrRandomSource.FromSeed(1, $"reproduce noise {law.GetType().Name} {Cell(epsilon)}");
        var draws = new double[Count];
        law.Sample(random, draws);
        return draws;
    }
}
