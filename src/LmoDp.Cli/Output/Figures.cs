using System.Globalization;

namespace LmoDp.Cli.Output;

/// <summary>Numbers as people read them, the same in every culture.</summary>
internal static class Figures
{
    /// <summary>A number with six significant digits.</summary>
    public static string Short(double value) => double.IsInfinity(value) ? value > 0 ? "infinite" : "-infinite" : value.ToString("g6", CultureInfo.InvariantCulture);

    /// <summary>An upper bound with seven significant digits, rounded upwards so that what is printed holds too.</summary>
    public static string Upper(double value) => OutwardRounding.Up(value);

    /// <summary>A lower bound with seven significant digits, rounded downwards.</summary>
    public static string Lower(double value) => OutwardRounding.Down(value);

    /// <summary>A share as a percentage with one decimal.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    /// <summary>A metric: shares of examples as percentages, others as they are.</summary>
    public static string Metric(string name, double value)
        => name.StartsWith("accuracy", StringComparison.Ordinal) || name.StartsWith("f1", StringComparison.Ordinal) ? Percent(value) : value.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>A duration: "45 s", "3 min 20 s", "2 h 05 min".</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:D2} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:D2} min"),
    };
}
