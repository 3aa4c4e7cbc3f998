namespace LmoDp.Privacy.Search;

/// <summary>How fine a lattice is chosen.</summary>
internal static class SearchLattice
{
    private const int Usual = 16;

    private const int Finest = 64;

    /// <summary>Steps to a standard deviation of the noise below which the lattice is too coarse, and above which a coarser one does as well.</summary>
    private const double FewestStepsToDeviation = 8, MostStepsToDeviation = 256;

    /// <summary>Steps to the distance that an objective tells apart.</summary>
    private const double FewestStepsToResolution = 4;

    /// <summary>
    /// m: a power of two, usually 16; less, so that the noise's standard deviation is at most 256 steps; more, up to 64, so that it is at least 8; or as many as make 4 steps of the distance that the objective looks at, at most 64.
    /// </summary>
    /// <param name="standardDeviation">Of the Gaussian noise that meets the target, relative to the sensitivity.</param>
    /// <param name="objective">What the noise is to be good at.</param>
    public static int StepsPerSensitivity(double standardDeviation, Objective objective)
    {
        var m = Usual;
        while (m > 1 && m * standardDeviation > MostStepsToDeviation)
            m /= 2;
        while (m < Finest && (m * standardDeviation < FewestStepsToDeviation || m * objective.Resolution < FewestStepsToResolution))
            m *= 2;
        return m;
    }
}
