using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary>P(|Z| &lt;= g): how often the noise is at most g.</summary>
internal sealed record UsefulnessAt(double G, double Usefulness);

/// <summary>The Renyi divergence of one release.</summary>
/// <param name="Order">a.</param>
/// <param name="Divergence">Exact.</param>
/// <param name="PaperBound">What the LMO-DP paper's formula gives, +infinity outside its domain; null for laws that it is not about, and for a &lt;= 1.</param>
internal sealed record RenyiAt(double Order, double Divergence, double? PaperBound);

/// <summary>
/// A noise law at sensitivity 1. Exponential says how an authors' file's E_lambda was read, null where there is none; PureEpsilon (delta 0), Epsilon and EpsilonLower (bounds at Delta) are one
/// scalar's; Vector is null where nothing is proven of vectors, Claim where no epsilon is claimed.
/// </summary>
internal sealed record NoiseShowResult(string Noise, ExponentialReading? Exponential, double Std, double MeanAbs, double FisherInformation, double Entropy, double PureEpsilon,
    double Delta, double Epsilon, double EpsilonLower, VectorFigures? Vector, IReadOnlyList<UsefulnessAt> Usefulness, IReadOnlyList<RenyiAt> Renyi, ClaimCheck? Claim, string? Plot) : VerbResult
{
    /// <summary>What a person is told that the law is.</summary>
    [JsonIgnore]
    public string Description { get; private init; } = Noise;

    private static readonly double[] Distances = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
    private static readonly double[] Orders = [0.5, 1, 1.5, 2, 4, 8, 16, 32, 64, 128];

    /// <summary>Everything about a law.</summary>
    public static NoiseShowResult Of(NoiseLaw law, ExponentialReading? reading, double delta, double? claimedEpsilon)
    {
        var release = new OneRelease(law);
        var epsilon = PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(law), 1, 1)), delta);
        var vector = VectorFigures.Of(law, delta);
        return new NoiseShowResult(law.ToString(), reading, law.StandardDeviation, law.MeanAbsolute, law.FisherInformation, law.Entropy, release.PureEpsilon,
            delta, epsilon.Upper, epsilon.Lower, vector,
            [.. Distances.Select(g => new UsefulnessAt(g, law.Usefulness(g)))],
            [.. Orders.Select(order => new RenyiAt(order, release.Renyi(order), order > 1 ? (law as LmoLaw)?.MomentRenyiBound(order) : null))],
            claimedEpsilon is { } claim ? ClaimCheck.Of(claim, delta, release, epsilon, vector) : null, null)
        { Description = law.Description };
    }

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("noise", Description),
            ("standard deviation", Figures.Short(Std)),
            ("mean absolute", Figures.Short(MeanAbs)),
            ("Fisher information", Figures.Short(FisherInformation)),
            ("entropy", $"{Figures.Short(Entropy)} nats"),
            ("pure epsilon", $"{Figures.Upper(PureEpsilon)} (one number)"),
            ("epsilon", $"at most {Figures.Upper(Epsilon)} (and at least {Figures.Lower(EpsilonLower)}) at delta {Figures.Short(Delta)} (one number)"),
            ("as vector noise", Vector?.Text(Delta) ?? "nothing is proven: this law is for single numbers"),
            ("claim", Claim?.Verdict),
            ("delta of the claim", Claim is { } one ? $"{Figures.Upper(one.ExactDelta)} at the claimed epsilon (one number)" : null),
            ("the claim's Gaussian", Claim is { } other ? $"multiplier {Figures.Short(other.GaussianMultiplier)}: the least Gaussian noise that keeps the claim" : null),
            ("plot", Plot));
        console.Table(["|noise| at most", "probability"], Usefulness.Select(at => (string[])[Figures.Short(at.G), Figures.Short(at.Usefulness)]));
        var withBound = Renyi.Any(at => at.PaperBound is not null);
        console.Table(["Renyi order", "divergence", .. withBound ? (string[])["paper's bound"] : []],
            Renyi.Select(at => (string[])[Figures.Short(at.Order), Figures.Short(at.Divergence),
                .. withBound ? (string[])[at.PaperBound is { } bound ? Figures.Short(bound) : ""] : []]));
        if (Exponential is { } reading)
        {
            console.Note(reading == ExponentialReading.Rate
                ? "The file's E_lambda was read as the Exponential's rate, as the paper has it; --exponential scale reads it as the published code samples it."
                : "The file's E_lambda was read as the Exponential's scale, as the published code samples it; the rate above is its inverse.");
        }
    }
}
