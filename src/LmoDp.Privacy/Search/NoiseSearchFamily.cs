namespace LmoDp.Privacy.Search;

/// <summary>The laws among which the noise search looks.</summary>
public enum NoiseSearchFamily
{
    /// <summary>Gaussian of any scale.</summary>
    Gaussian,

    /// <summary>Laplace of any scale.</summary>
    Laplace,

    /// <summary>Density proportional to exp(-(|z|/alpha)^p), p from 1 (Laplace) to 2 (Gaussian).</summary>
    GeneralisedGaussian,

    /// <summary>The family of the paper (arXiv 2405.18776): Laplace whose inverse scale is a sum of Gamma, Exponential and Uniform parts.</summary>
    Lmo,

    /// <summary>Any symmetric unimodal lattice law.</summary>
    Free,
}

/// <summary>Family names as the command line spells them.</summary>
public static class NoiseSearchFamilies
{
    private static readonly string[] Names = ["gaussian", "laplace", "generalised-gaussian", "lmo", "free"];

    /// <summary>The family's name on the command line.</summary>
    public static string Name(this NoiseSearchFamily family) => Names[(int)family];

    /// <summary>Reads <see cref="Name"/>.</summary>
    /// <exception cref="BadInputException">There is no such family.</exception>
    public static NoiseSearchFamily Parse(string name) => TryParse(name) ?? throw new BadInputException($"the family must be one of {string.Join(", ", Names)}, not {name}");

    /// <summary>Reads <see cref="Name"/>; null where there is no such family.</summary>
    public static NoiseSearchFamily? TryParse(string name) => Array.IndexOf(Names, name) is >= 0 and var index ? (NoiseSearchFamily)index : null;
}
