using System.CommandLine;
using System.Globalization;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Plots;
using LmoDp.Privacy.Noise;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp reproduce noise</c>: the LMO-DP paper's figures on noise, from the published parameters.</summary>
internal sealed class ReproduceNoiseVerb : Verb
{
    private readonly Option<double?> delta = NoiseOptions.Delta();
    private readonly Option<ExponentialReading?> exponential = NoiseOptions.Exponential("scale");
    private readonly Option<string?> output = TypedOption.Text("--output", "Folder for the figures (.png and .svg) and their numbers (.csv); it is made if it is not there", "folder").Needed();

    public ReproduceNoiseVerb() : base("noise", "Draws the LMO-DP paper's figures on noise, LMO with the published parameters beside Gaussian: draws, and variance and entropy against epsilon.",
        "lmodp reproduce noise --output figures")
    {
        Options.Add(delta);
        Options.Add(exponential);
        Options.Add(output);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var folder = OutputFolder.Made("--output", input.GetRequiredValue(output))!;
        var (reading, at) = (input.GetValue(exponential) ?? ExponentialReading.Scale, input.GetValue(delta) ?? NoiseOptions.UsualDelta);
        var laws = PublishedNoise.At(at, reading);
        var scatter = laws.Where(law => PublishedNoise.Scattered.Contains(law.ClaimedEpsilon)).Select(law => new NoiseDraws(law)).ToArray();
        string[] files =
        [
            .. Pictures(folder, "noise-draws", [.. scatter.Select(ReproductionPlot.Draws)]),
            Table(folder, "noise-draws", NoiseDraws.Table(scatter)),
            .. Pictures(folder, "noise-against-epsilon", [ReproductionPlot.Variance(laws), ReproductionPlot.Entropy(laws)]),
            Table(folder, "noise-against-epsilon", PublishedNoise.Table(laws)),
        ];
        return new ReproduceNoiseResult(at, reading, laws, files);
    }

    private static string[] Pictures(string folder, string name, IReadOnlyList<ScottPlot.Plot> panels) => [.. new[] { ".png", ".svg" }.Select(extension =>
    {
        var path = Path.Combine(folder, name + extension);
        PlotFile.Write(path, panels);
        return path;
    })];

    private static string Table(string folder, string name, TextTable table)
    {
        var path = Path.Combine(folder, $"{name}.csv");
        AtomicFile.WriteText(path, table.ToCsv());
        return path;
    }
}

/// <summary>The figures' numbers.</summary>
/// <param name="Delta">The delta of every epsilon.</param>
/// <param name="Exponential">How E_lambda was read.</param>
/// <param name="Laws">By claimed epsilon.</param>
/// <param name="Files">What was written.</param>
internal sealed record ReproduceNoiseResult(double Delta, ExponentialReading Exponential, IReadOnlyList<PublishedNoise> Laws, IReadOnlyList<string> Files) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Table(["epsilon in name", "exact epsilon <=", "lmo std", "gaussian std", "classical gaussian", "laplace std", "lmo entropy", "gaussian entropy", "laplace entropy"],
            Laws.Select(law => (string[])
            [
                Figures.Short(law.ClaimedEpsilon), Figures.Upper(law.Epsilon), Figures.Short(law.Std), Figures.Short(law.GaussianStd), Figures.Short(law.ClassicalGaussianStd), Figures.Short(law.LaplaceStd),
                Figures.Short(law.Entropy), Figures.Short(law.GaussianEntropy), Figures.Short(law.LaplaceEntropy),
            ]));
        console.Note(string.Create(CultureInfo.InvariantCulture,
            $"One number, sensitivity 1, delta {Figures.Short(Delta)}. lmo: the published parameters, E_lambda read as {(Exponential == ExponentialReading.Rate ? "rate" : "scale")}; it costs the exact epsilon, not the one in the name."));
        console.Note("gaussian, laplace: the least noise that keeps the epsilon in the name; classical: sqrt(2 log(1.25/delta))/epsilon, which the published code compares with.");
        foreach (var file in Files)
            console.Note(file);
    }
}
