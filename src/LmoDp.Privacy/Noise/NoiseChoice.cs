namespace LmoDp.Privacy.Noise;

/// <summary>What a user says about noise: a law, to be used as it is, or a family, whose scale is to be calibrated.</summary>
/// <param name="Law">The law, or the family's law of unit scale.</param>
/// <param name="IsFamily">Whether the scale is open.</param>
public sealed record NoiseChoice(NoiseLaw Law, bool IsFamily)
{
    /// <summary>Reads a family's name (<c>gaussian</c>, <c>laplace</c>) or whatever <see cref="NoiseLawParser"/> reads.</summary>
    /// <exception cref="BadInputException">It is neither.</exception>
    public static NoiseChoice Parse(string text, ExponentialReading exponential = ExponentialReading.Rate) => text switch
    {
        "gaussian" => new NoiseChoice(new GaussianLaw(1), true),
        "laplace" => new NoiseChoice(new LaplaceLaw(1), true),
        "lmo" => throw new BadInputException("the LMO family has many shapes: give one as lmo:a1=,k=,theta=,a3=,rate=,a4=,a=,b= or as a file, and it is used as it is (or scaled, by calibrate)"),
        _ => new NoiseChoice(NoiseLawParser.Parse(text, exponential), false),
    };
}
