using System.Globalization;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Noise;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary>Noise laws side by side.</summary>
/// <param name="Guarantee">The run, and the epsilon that all were scaled to, if any.</param>
/// <param name="UsefulnessAt">The g of P(|Z| &lt;= g).</param>
/// <param name="Laws">In the order of the command line.</param>
/// <param name="Plot">The picture that was drawn; null if none was wanted.</param>
internal sealed record NoiseCompareResult(ComparedGuarantee Guarantee, double UsefulnessAt, IReadOnlyList<ComparedLaw> Laws, string? Plot) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        var labels = Labels(Laws);
        console.Facts(
            ("run", $"{(Guarantee.Steps == 1 ? "one number" : string.Create(CultureInfo.InvariantCulture, $"{Guarantee.Steps} numbers"))}, sampling rate {Figures.Short(Guarantee.SamplingRate)}, sensitivity 1"),
            ("guarantee", Guarantee.Epsilon is { } target ? $"epsilon {Figures.Short(target)} at delta {Figures.Short(Guarantee.Delta)}" : $"each law's own, at delta {Figures.Short(Guarantee.Delta)}"),
            ("plot", Plot));
        console.Table(
            ["law", "epsilon <=", ">=", "std", "std/first", "mean |z|", .. Laws[0].Quantiles.Select(at => $"{Figures.Short(100 * at.Probability)} %"), $"P(|z|<={Figures.Short(UsefulnessAt)})"],
            Laws.Select((law, i) => (string[])
            [
                labels[i], Figures.Upper(law.Epsilon), Figures.Lower(law.EpsilonLower), Figures.Short(law.Std), Figures.Short(law.Std / Laws[0].Std), Figures.Short(law.MeanAbs),
                .. law.Quantiles.Select(at => Figures.Short(at.Magnitude)), Figures.Short(law.Usefulness),
            ]));
        foreach (var (label, law) in labels.Zip(Laws))
            console.Note($"{label}, {Words(law.Treatment)}: {law.Compared.Description}");
        console.Note("Under a percentage: the noise is at most this large so often.");
        if (Laws.FirstOrDefault(law => law.Exponential is not null)?.Exponential is { } reading)
            console.Note($"E_lambda of the authors' files was read as the Exponential's {(reading == ExponentialReading.Rate ? "rate, as the paper has it" : "scale, as the published code samples it")} (--exponential).");
    }

    /// <summary>What laws are called in tables and pictures: a file without its folder, an inline form cut where it is long, laws that would be called alike numbered.</summary>
    public static IReadOnlyList<string> Labels(IReadOnlyList<ComparedLaw> laws)
    {
        var names = laws.Select(law => Short(law.Law)).ToArray();
        return [.. names.Select((name, i) => names.Count(other => other == name) == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} ({names.Take(i + 1).Count(other => other == name)})"))];
    }

    private static string Short(string law)
    {
        const int longest = 24;
        var name = File.Exists(law) ? Path.GetFileName(law) : law;
        return name.Length <= longest ? name : $"{name[..(longest - 3)]}...";
    }

    private static string Words(LawTreatment treatment) => treatment switch
    {
        LawTreatment.Scaled => "scaled to the guarantee",
        LawTreatment.KeepsTarget => "as it is, which keeps the guarantee",
        _ => "as it is",
    };
}
