using System.Globalization;

namespace LmoDp.Models.Checkpoints;

/// <summary>Checks the values of a configuration; errors begin with its name.</summary>
/// <param name="name">What to call it.</param>
internal readonly struct ConfigCheck(string name)
{
    /// <summary>A size between bounds.</summary>
    /// <exception cref="BadInputException">It is not.</exception>
    public void Within(string key, int value, int least, int most) =>
        Holds(value >= least && value <= most, string.Create(CultureInfo.InvariantCulture, $"{key} is {value}, but must lie between {least} and {most}"));

    /// <summary>A statement about the configuration.</summary>
    /// <exception cref="BadInputException">It is false.</exception>
    public void Holds(bool holds, string otherwise)
    {
        if (!holds)
            throw new BadInputException($"{name}: {otherwise}");
    }

    /// <summary>The small number that norms add.</summary>
    /// <exception cref="BadInputException">It is not above 0 and below 1.</exception>
    public void NormEpsilon(string key, double value) => Holds(double.IsFinite(value) && value is > 0 and < 1, $"{key} must lie between 0 and 1");

    /// <summary>Dropout rates.</summary>
    /// <exception cref="BadInputException">One is not between 0 and 1.</exception>
    public void Rates(params ReadOnlySpan<(string Key, double Rate)> rates)
    {
        foreach (var (key, rate) in rates)
            Holds(rate is >= 0 and <= 1, $"{key} must lie between 0 and 1");
    }
}
