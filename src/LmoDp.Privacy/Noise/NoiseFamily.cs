namespace LmoDp.Privacy.Noise;

/// <summary>A family of laws by the name and the parameter names that the command line and the files use.</summary>
internal sealed class NoiseFamily
{
    private static readonly NoiseFamily[] All =
    [
        new("gaussian", p => Single(p, "std", std => new GaussianLaw(std))),
        new("laplace", p => Single(p, "scale", scale => new LaplaceLaw(scale))),
        new("generalised-gaussian", GeneralisedGaussian),
        new("lmo", Lmo),
    ];

    private NoiseFamily(string name, Func<LawParameters, NoiseLaw> create)
    {
        Name = name;
        Create = create;
    }

    public string Name { get; }

    /// <summary>The law with these parameters.</summary>
    public Func<LawParameters, NoiseLaw> Create { get; }

    /// <summary>The family of that name; null where there is none.</summary>
    public static NoiseFamily? Find(string name) => Array.Find(All, family => family.Name == name);

    private static NoiseLaw Single(LawParameters parameters, string key, Func<double, NoiseLaw> create)
    {
        parameters.Only(key);
        return create(parameters[key]);
    }

    private static GeneralisedGaussianLaw GeneralisedGaussian(LawParameters parameters)
    {
        parameters.Only("std", "power");
        return new GeneralisedGaussianLaw(parameters["std"], parameters["power"]);
    }

    /// <summary>A part is there where its weight is, and then all its parameters must be; parameters without their weight are a mistake.</summary>
    private static LmoLaw Lmo(LawParameters p)
    {
        p.Only("a1", "k", "theta", "a3", "rate", "scale", "a4", "a", "b");
        p.Needs("a1", "k", "theta");
        p.Needs("a3", "rate", "scale");
        p.Needs("a4", "a", "b");
        if (p.Has("rate") && p.Has("scale"))
            throw new BadInputException($"{p.Source}: give rate or scale of the Exponential, not both");
        return new LmoLaw(
            p.Has("a1") ? new GammaComponent(p["a1"], p["k"], p["theta"]) : null,
            p.Has("a3") ? new ExponentialComponent(p["a3"], p.Has("scale") ? 1 / Parameter.Positive(p["scale"], "lmo", "scale") : p["rate"]) : null,
            p.Has("a4") ? new UniformComponent(p["a4"], p["a"], p["b"]) : null);
    }
}
