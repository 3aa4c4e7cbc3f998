using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Serialization;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp calibrate</c>: the smallest noise that meets a target.</summary>
internal sealed class CalibrateVerb : Verb
{
    private readonly NoiseOptions noiseOptions = new();
    private readonly TargetOptions target = new();
    private readonly Option<string?> noise = TypedOption.Text("--noise", "A family (gaussian, laplace), or any law, inline or a file, as the shape to scale", "law|family").Needed();

    public CalibrateVerb() : base("calibrate", "Finds the smallest scale of a noise law that meets (epsilon, delta) for a whole run.",
        "lmodp calibrate --noise gaussian --epsilon 0.3 --delta 1e-10 --sampling-rate 0.0304 --steps 192",
        "lmodp calibrate --noise laplace --release scalar --epsilon 1 --delta 1e-6 --sampling-rate 1 --steps 10")
    {
        Options.Add(noise);
        target.AddTo(this);
        noiseOptions.AddTo(this);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var wanted = target.Read(input);
        var shape = noiseOptions.Release(input, noiseOptions.Shape(input, input.GetRequiredValue(noise)!));
        var clock = Stopwatch.StartNew();
        var found = Calibration.Calibrate(shape, wanted.Epsilon, wanted.Delta, wanted.SamplingRate, wanted.Steps, wanted.PerDraw, wanted.Accountant);
        return new CalibrateResult(found.Noise.ToString(), found.Noise.StandardDeviation, found.Noise.MeanAbsolute, found.Epsilon.Upper,
            found.Accountant == AccountantKind.Pld ? found.Epsilon.Lower : null, wanted.Delta, found.Accountant, clock.Elapsed.TotalSeconds)
        { Description = found.Noise.Description };
    }
}

/// <summary>Calibrated noise, relative to sensitivity 1, and the proof that it meets the target.</summary>
internal sealed record CalibrateResult(string Noise, double Std, double MeanAbs, double Epsilon, double? EpsilonLower, double Delta, AccountantKind Accountant, double Seconds) : VerbResult
{
    /// <summary>What a person is told that the law is.</summary>
    [JsonIgnore]
    public string Description { get; init; } = Noise;

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console) => console.Facts(
        ("noise", Description),
        ("standard deviation", $"{Figures.Short(Std)} times the clipping norm"),
        ("mean absolute", Figures.Short(MeanAbs)),
        ("epsilon", $"at most {Figures.Upper(Epsilon)}{(EpsilonLower is { } least ? $" (and at least {Figures.Lower(least)})" : "")} at delta {Figures.Short(Delta)}"),
        ("accountant", $"{Accountant.Name()}, {Figures.Short(Seconds)} s"));
}
