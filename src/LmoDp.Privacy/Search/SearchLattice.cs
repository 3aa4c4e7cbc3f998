namespace LmoDp.Privacy.Search;

/// <summary>How fine a lattice is chosen.</summary>
internal static class SearchLattice
{
    private const int Finest = 16;

    /// <summary>Steps to a standard deviation of the noise above which a coarser lattice does as well.</summary>
    private const double MostStepsToDeviation = 256;

    /// <summary>m: a power of two, at most 16, so that the noise's standard deviation is at most 256 steps; at least 1.</summary>
    /// <param name="standardDeviation">Of the Gaussian noise that meets the target, relative to the sensitivity.</param>
    public static int StepsPerSensitivity(double standardDeviation)
    {
        var m = Finest;
        while (m > 1 && m * standardDeviation > MostStepsToDeviation)
            m /= 2;
        return m;
    }
}
