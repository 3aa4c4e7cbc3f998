using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
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

/// <summary>An epsilon that somebody claims for one release, against the exact figures.</summary>
/// <param name="Epsilon">The claim.</param>
/// <param name="Delta">At this delta.</param>
/// <param name="Holds">Whether one scalar release keeps it.</param>
/// <param name="ExactEpsilon">The smallest epsilon that one scalar release keeps at the delta.</param>
/// <param name="ExactDelta">The smallest delta at the claimed epsilon.</param>
/// <param name="GaussianMultiplier">The noise multiplier of the Gaussian that keeps the claim: what a vector release would need.</param>
/// <param name="VectorMultiplier">The multiplier of the Gaussian whose Renyi curve bounds a vector with this law in each coordinate.</param>
internal sealed record ClaimCheck(double Epsilon, double Delta, bool Holds, double ExactEpsilon, double ExactDelta, double GaussianMultiplier, double VectorMultiplier);

/// <summary>A noise law at sensitivity 1. <c>exponential</c> says how a file's E_lambda was read; null for a law without one.</summary>
internal sealed record NoiseShowResult(string Noise, ExponentialReading? Exponential, double Std, double MeanAbs, double FisherInformation, double Entropy, double PureEpsilon,
    IReadOnlyList<UsefulnessAt> Usefulness, IReadOnlyList<RenyiAt> Renyi, ClaimCheck? Claim, string? Plot) : VerbResult
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
        return new NoiseShowResult(law.ToString(), reading, law.StandardDeviation, law.MeanAbsolute, law.FisherInformation, law.Entropy, release.PureEpsilon,
            [.. Distances.Select(g => new UsefulnessAt(g, law.Usefulness(g)))],
            [.. Orders.Select(order => new RenyiAt(order, release.Renyi(order), order > 1 ? (law as LmoLaw)?.MomentRenyiBound(order) : null))],
            claimedEpsilon is { } claim ? Check(law, release, claim, delta) : null, null)
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
            ("pure epsilon", Figures.Short(PureEpsilon)),
            ("plot", Plot));
        console.Table(["|noise| at most", "probability"], Usefulness.Select(at => (string[])[Figures.Short(at.G), Figures.Short(at.Usefulness)]));
        var withBound = Renyi.Any(at => at.PaperBound is not null);
        console.Table(["Renyi order", "divergence", .. withBound ? (string[])["paper's bound"] : []],
            Renyi.Select(at => (string[])[Figures.Short(at.Order), Figures.Short(at.Divergence),
                .. withBound ? (string[])[at.PaperBound is { } bound ? Figures.Short(bound) : ""] : []]));
        if (Claim is not null)
            DrawClaim(console, Claim);
        if (Exponential is { } reading)
        {
            console.Note(reading == ExponentialReading.Rate
                ? "The file's E_lambda was read as the Exponential's rate, as the paper has it; --exponential scale reads it as the published code samples it."
                : "The file's E_lambda was read as the Exponential's scale, as the published code samples it; the rate above is its inverse.");
        }
    }

    private static void DrawClaim(IAnsiConsole console, ClaimCheck claim)
    {
        console.Facts(
            ("claim", $"epsilon {Figures.Short(claim.Epsilon)} at delta {Figures.Short(claim.Delta)}: {(claim.Holds ? "holds for one number" : "does not hold, not even for one number")}"),
            ("exact epsilon", Figures.Upper(claim.ExactEpsilon)),
            ("exact delta", $"{Figures.Upper(claim.ExactDelta)} at the claimed epsilon"),
            ("as vector noise", $"at best like Gaussian noise of multiplier {Figures.Short(claim.VectorMultiplier)}; the claim needs {Figures.Short(claim.GaussianMultiplier)}"));
    }

    private static ClaimCheck Check(NoiseLaw law, OneRelease release, double epsilon, double delta)
    {
        var exact = release.Epsilon(delta);
        return new ClaimCheck(epsilon, delta, exact <= epsilon, exact, release.Delta(epsilon), GaussianFor(epsilon, delta), 1 / Math.Sqrt(law.FisherInformation));
    }

    /// <summary>The smallest standard deviation with which one Gaussian release is (epsilon, delta)-private, by bisection in its logarithm.</summary>
    private static double GaussianFor(double epsilon, double delta)
    {
        var (low, high) = (1e-6, 1e12);
        while (high / low > 1 + 1e-12)
        {
            var middle = Math.Sqrt(low * high);
            if (new OneRelease(new GaussianLaw(middle)).Delta(epsilon) <= delta)
                high = middle;
            else
                low = middle;
        }
        return high;
    }
}
