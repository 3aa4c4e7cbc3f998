using System.Globalization;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// What makes one noise law better than another at the same guarantee. Each objective is the mean of a cost c(|Z|) that does not decrease in |Z|, so it is linear in a law's weights.
/// </summary>
public sealed class Objective
{
    private readonly Func<NoiseLaw, double> value;
    private readonly Func<double, double> cost;
    private readonly Func<double, double> fromMeanCost;

    private Objective(string name, Func<NoiseLaw, double> value, Func<double, double> cost, Func<double, double> fromMeanCost)
    {
        (Name, this.value, this.cost, this.fromMeanCost) = (name, value, cost, fromMeanCost);
    }

    /// <summary>sqrt(E Z^2), to be small.</summary>
    public static Objective StandardDeviation { get; } = new("std", law => law.StandardDeviation, z => z * z, Math.Sqrt);

    /// <summary>E|Z|, to be small.</summary>
    public static Objective MeanAbsolute { get; } = new("mean-abs", law => law.MeanAbsolute, z => z, cost => cost);

    /// <summary>P(|Z| &lt;= g), to be large: the usefulness of the paper (arXiv 2405.18776).</summary>
    /// <param name="g">Positive and finite, relative to sensitivity 1.</param>
    public static Objective Usefulness(double g)
    {
        if (!(g > 0 && double.IsFinite(g)))
            throw new BadInputException(FormattableString.Invariant($"the objective usefulness:g needs a positive finite g, not {g:R}"));
        return new Objective(FormattableString.Invariant($"usefulness:{g:R}"), law => law.Usefulness(g), z => z <= g ? 0 : 1, cost => 1 - cost) { LargerIsBetter = true, Resolution = g };
    }

    /// <summary>As the command line spells it: std, mean-abs, usefulness:g.</summary>
    public string Name { get; }

    /// <summary>The distance that the objective tells apart from others near it: g of usefulness, +infinity for the moments.</summary>
    internal double Resolution { get; private init; } = double.PositiveInfinity;

    /// <summary>Whether a larger value is better.</summary>
    public bool LargerIsBetter { get; private init; }

    /// <summary>Reads <see cref="Name"/>.</summary>
    /// <exception cref="BadInputException">It is none of the three.</exception>
    public static Objective Parse(string text) => text switch
    {
        "std" => StandardDeviation,
        "mean-abs" => MeanAbsolute,
        _ when text.StartsWith("usefulness:", StringComparison.Ordinal)
            && double.TryParse(text["usefulness:".Length..], NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var g) => Usefulness(g),
        _ => throw new BadInputException($"the objective must be std, mean-abs or usefulness:g such as usefulness:2.5, not {text}"),
    };

    /// <summary>The objective's value for a law.</summary>
    public double Of(NoiseLaw law) => value(law);

    /// <summary>Whether the first value is better than the second.</summary>
    public bool Better(double one, double other) => LargerIsBetter ? one > other : one < other;

    /// <summary>c(|z|), whose mean is minimised.</summary>
    internal double Cost(double magnitude) => cost(magnitude);

    /// <summary>The objective's value where the mean cost is this.</summary>
    internal double FromMeanCost(double meanCost) => fromMeanCost(meanCost);
}
