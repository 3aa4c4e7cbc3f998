using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Cli.Accounting;

/// <summary>The options that describe everything a run publishes: one kind of step repeated, or a file of several kinds.</summary>
internal sealed class CompositionOptions
{
    private readonly NoiseOptions noiseOptions = new();
    private readonly Option<string?> noise = TypedOption.Text("--noise", "Noise law relative to sensitivity 1: inline, such as gaussian:std=2, or a JSON file", "law");
    private readonly Option<double?> rate = TypedOption.Real("--sampling-rate", "Probability that a row takes part in a step", NumberRange.Probability);
    private readonly Option<long?> steps = TypedOption.Whole("--steps", "Number of steps", 0);
    private readonly Option<long?> perDraw = TypedOption.Whole("--per-draw", "Numbers published from one draw [default: 1]", 1, most: int.MaxValue);
    private readonly Option<string?> file = TypedOption.Text("--composition", "JSON file of several kinds of steps, in place of --noise, --sampling-rate and --steps", "file");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { noise, rate, steps, perDraw, file })
            verb.Options.Add(option);
        noiseOptions.AddTo(verb);
    }

    /// <summary>The composition that the user describes.</summary>
    /// <exception cref="BadInputException">Something is missing, given twice, or malformed.</exception>
    public Composition Read(ParseResult input)
    {
        if (input.GetValue(file) is { } path)
        {
            if (new Option[] { noise, rate, steps, perDraw }.FirstOrDefault(option => input.GetResult(option) is not null) is { } both)
                throw new BadInputException($"{both.Name} and --composition exclude each other: the file says it for each of its groups");
            return new Composition(CompositionFile.Read(path).Select(group => group.ToReleaseGroup(input, noiseOptions)).ToArray());
        }
        var law = noiseOptions.Law(input, input.GetValue(noise) ?? throw Missing("--noise", "gaussian:std=2"));
        return new Composition(new ReleaseGroup(
            noiseOptions.Release(input, law),
            input.GetValue(rate) ?? throw Missing("--sampling-rate", "0.0304, or 1 where every row takes part in every step"),
            input.GetValue(steps) ?? throw Missing("--steps", "192"),
            (int)(input.GetValue(perDraw) ?? 1)));
    }

    private static BadInputException Missing(string option, string example) => new($"{option} is missing: give it, such as {example}, or describe all steps in a file with --composition");
}
