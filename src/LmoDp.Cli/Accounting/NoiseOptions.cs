using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Cli.Accounting;

/// <summary>The options that describe the noise of a release.</summary>
internal sealed class NoiseOptions
{
    private readonly Option<ReleaseKind?> release = TypedOption.Choice("--release",
        "What a step publishes: one number, or a vector clipped in L2 norm; needed for all noise but Gaussian", [.. Enum.GetValues<ReleaseKind>().Select(kind => (kind.Name(), kind))]);

    private readonly Option<ExponentialReading?> exponential = Exponential();

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Options.Add(release);
        verb.Options.Add(exponential);
    }

    /// <summary>The option that says how the authors' E_lambda is read.</summary>
    /// <param name="usual">The reading where the option is not given, for its help.</param>
    public static Option<ExponentialReading?> Exponential(string usual = "rate") => TypedOption.Choice("--exponential",
        $"How a file's E_lambda is read: the rate of the paper's formula, or the scale that its sampler draws [default: {usual}]",
        ("rate", ExponentialReading.Rate), ("scale", ExponentialReading.Scale));

    /// <summary>The delta at which laws are shown and compared unless asked otherwise: the LMO-DP paper's.</summary>
    public const double UsualDelta = 1e-10;

    /// <summary>The option that chooses another one.</summary>
    public static Option<double?> Delta() => TypedOption.Real("--delta", "The delta of every epsilon [default: 1e-10]", NumberRange.OpenUnit);

    /// <summary>The law of an inline form or a file.</summary>
    /// <exception cref="BadInputException">It is neither.</exception>
    public NoiseLaw Law(ParseResult input, string text) => NoiseLawParser.Parse(text, input.GetValue(exponential) ?? ExponentialReading.Rate);

    /// <summary>A family's name or a law, where only its shape is wanted.</summary>
    /// <exception cref="BadInputException">It is none of these.</exception>
    public NoiseChoice Choice(ParseResult input, string text) => NoiseChoice.Parse(text, input.GetValue(exponential) ?? ExponentialReading.Rate);

    /// <summary>The law of <see cref="Choice"/>, of any scale.</summary>
    /// <exception cref="BadInputException">It is neither a family nor a law.</exception>
    public NoiseLaw Shape(ParseResult input, string text) => Choice(input, text).Law;

    /// <summary>The release of a law, by --release.</summary>
    /// <exception cref="BadInputException">The law is not Gaussian and --release is not given.</exception>
    public Release Release(ParseResult input, NoiseLaw law) => Release(input.GetValue(release), law);

    /// <summary>The release of a law; a Gaussian costs the same either way.</summary>
    /// <exception cref="BadInputException">The law is not Gaussian and the kind is not known.</exception>
    public static Release Release(ReleaseKind? kind, NoiseLaw law) => (kind, law) switch
    {
        ({ } given, _) => given.With(law),
        (null, GaussianLaw) => new VectorRelease(law),
        _ => throw new BadInputException("--release is missing: say scalar or vector, since a guarantee for one number is none for a vector unless the noise is Gaussian"),
    };
}
