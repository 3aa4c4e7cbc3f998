using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary>A law at the target: the one found, or one that it is compared with.</summary>
internal sealed record SearchedFigures(string Noise, double Std, double MeanAbs, double ObjectiveValue, double Epsilon, double EpsilonLower)
{
    public static SearchedFigures Of(NoiseLaw law, Bounds epsilon, Objective objective) =>
        new(law.ToString(), law.StandardDeviation, law.MeanAbsolute, objective.Of(law), epsilon.Upper, epsilon.Lower);
}

/// <summary>What a search found.</summary>
internal sealed record NoiseSearchResult(
    string Family, string Objective, string Noise, double Std, double MeanAbs, double ObjectiveValue, double Epsilon, double EpsilonLower, double Delta,
    string? Shape, SearchedFigures Gaussian, SearchedFigures Laplace, SearchGap? Gap, double Seconds, string? Output) : VerbResult
{
    /// <summary>What a person is told that the law is.</summary>
    [JsonIgnore]
    public string Description { get; private init; } = Noise;

    /// <summary>Whether a larger value of the objective is better.</summary>
    [JsonIgnore]
    public bool LargerIsBetter { get; private init; }

    public static NoiseSearchResult Of(SearchedNoise found, double seconds, string? output)
    {
        var law = SearchedFigures.Of(found.Law, found.Epsilon, found.Objective);
        return new NoiseSearchResult(found.Family.Name(), found.Objective.Name, law.Noise, law.Std, law.MeanAbs, law.ObjectiveValue, law.Epsilon, law.EpsilonLower, found.Target.Delta,
            found.Shape?.ToString(), SearchedFigures.Of(found.Gaussian.Noise, found.Gaussian.Epsilon, found.Objective),
            SearchedFigures.Of(found.Laplace.Noise, found.Laplace.Epsilon, found.Objective), found.Gap, seconds, output)
        { Description = found.Law.Description, LargerIsBetter = found.Objective.LargerIsBetter };
    }

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("found", Shape is null ? Description : $"{Shape}, as {Description}"),
            ("epsilon", $"at most {Figures.Upper(Epsilon)} (and at least {Figures.Lower(EpsilonLower)}) at delta {Figures.Short(Delta)}, for single numbers"),
            ("distance", Gap is null ? null : Distance(Gap)),
            ("file", Output),
            ("time", $"{Figures.Short(Seconds)} s"));
        console.Table(["at the same guarantee", "std", "mean abs", .. LargerIsBetter ? (string[])[Objective] : [], $"{Objective} / gaussian"],
        [
            Row("found", Std, MeanAbs, ObjectiveValue),
            Row("gaussian", Gaussian.Std, Gaussian.MeanAbs, Gaussian.ObjectiveValue),
            Row("laplace", Laplace.Std, Laplace.MeanAbs, Laplace.ObjectiveValue),
        ]);
        string[] Row(string name, double std, double meanAbs, double value) =>
            [name, Figures.Short(std), Figures.Short(meanAbs), .. LargerIsBetter ? (string[])[Figures.Short(value)] : [], Figures.Short(value / Gaussian.ObjectiveValue)];
    }

    private string Distance(SearchGap gap)
    {
        if (gap.Relative is >= 1 or double.NaN)
            return "not known: the programme's bound says nothing here";
        var bound = Figures.Short(gap.Bound);
        return gap.IsOptimumBound
            ? $"no unimodal law of these places and tail has {Objective} {(LargerIsBetter ? "above" : "below")} {bound}"
            : $"stationary to {Figures.Short(gap.Relative)} (a law with the least Renyi bound has {Figures.Short(gap.Renyi!.Value)})";
    }
}
