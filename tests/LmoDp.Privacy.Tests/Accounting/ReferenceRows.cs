using System.Text.Json;
using LmoDp.Tests;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>One row of shared/goldens/accounting/unittest_*.json: a parameterised case of a reference library's own unit tests.</summary>
internal sealed record ReferenceRow(string Test, JsonElement Inputs, JsonElement Row)
{
    public bool Has(string input) => Inputs.ValueKind == JsonValueKind.Object && Inputs.TryGetProperty(input, out var value) && value.ValueKind != JsonValueKind.Null;

    public double this[string input] => Number(Inputs.GetProperty(input));

    public double Or(string input, double missing) => Has(input) ? this[input] : missing;

    public double[] Numbers(string input) => [.. Inputs.GetProperty(input).EnumerateArray().Select(Number)];

    public string Text(string input) => Inputs.GetProperty(input).GetString()!;

    /// <summary>A list of [key, value] pairs.</summary>
    public (double Key, double Value)[] Map(string input) => [.. Inputs.GetProperty(input).GetProperty("map").EnumerateArray().Select(pair => (Number(pair[0]), Number(pair[1])))];

    /// <summary>The two compared values of a check.</summary>
    public (string Compare, double First, double Second) Check(int index)
    {
        var check = Row.GetProperty("checks")[index];
        return (check.GetProperty("compare").GetString()!, Number(check.GetProperty("args")[0]), Number(check.GetProperty("args")[1]));
    }

    /// <summary>Expected value of a plain row.</summary>
    public double Expected => Number(Row.GetProperty("expected"));

    public double[] ExpectedNumbers => [.. Row.GetProperty("expected").EnumerateArray().Select(Number)];

    /// <summary>What the row's own comparison allows, absolutely: assertAlmostEqual's 7 decimal places unless it says otherwise.</summary>
    public double Tolerance
    {
        get
        {
            if (!Row.TryGetProperty("checks", out var checks) || checks.GetArrayLength() == 0)
                return 5e-8;
            var check = checks[0];
            if (check.TryGetProperty("kw", out var settings))
            {
                if (settings.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.Number)
                    return delta.GetDouble();
                if (settings.TryGetProperty("places", out var places) && places.ValueKind == JsonValueKind.Number)
                    return 0.5 * Math.Pow(10, -places.GetInt32());
            }
            var arguments = check.GetProperty("args");
            return arguments.GetArrayLength() == 3 && check.GetProperty("compare").GetString() == "assertAlmostEqual" ? 0.5 * Math.Pow(10, -arguments[2].GetInt32()) : 5e-8;
        }
    }

    public override string ToString() => $"{Test} {Inputs}";

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : value.GetString() switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.NaN,
    };
}

/// <summary>Runs every row of a file, and counts.</summary>
internal static class ReferenceRows
{
    /// <summary>
    /// Every row is either checked or left out for a reason that is written down; a test of the file that is neither named nor left out fails, and so does a count that is not the stated one.
    /// </summary>
    /// <param name="file">Name in goldens/accounting.</param>
    /// <param name="covered">How many rows are checked.</param>
    /// <param name="checks">By name of the unit test (and of the class, where names repeat): checks a row, and returns null, or why it is left out.</param>
    /// <param name="leftOut">By name of the unit test: why all its rows are left out.</param>
    public static void Run(string file, int covered, Dictionary<string, Func<ReferenceRow, string?>> checks, Dictionary<string, string> leftOut)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "accounting", file)));
        var (count, reasons, failures) = (0, new Dictionary<string, int>(), new List<string>());
        foreach (var element in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            var name = element.GetProperty("test").GetString()!;
            var row = new ReferenceRow(name, element.GetProperty("inputs"), element);
            var test = name[(name.LastIndexOf('.') + 1)..];
            string? reason;
            try
            {
                reason = checks.TryGetValue(name, out var check) || checks.TryGetValue(test, out check) ? check(row)
                    : leftOut.TryGetValue(name, out var why) || leftOut.TryGetValue(test, out why) ? why
                    : throw new InvalidOperationException("neither checked nor left out for a reason");
            }
            catch (Exception fault)
            {
                failures.Add($"{row}: {fault.Message}");
                continue;
            }
            if (reason is null)
                count++;
            else
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {count} checked; " + string.Join("; ", reasons.Select(pair => $"{pair.Value} {pair.Key}")));
        Assert.True(failures.Count == 0, $"{failures.Count} failed, {count} passed:\n" + string.Join("\n", failures.Take(12)));
        Assert.Equal(covered, count);
    }

    /// <summary>Expected and computed value agree within an absolute tolerance (or both are the same infinity).</summary>
    public static void Near(double expected, double actual, double tolerance, string what) =>
        Assert.True(expected == actual || Math.Abs(expected - actual) <= tolerance, FormattableString.Invariant($"{what}: expected {expected:R}, got {actual:R}"));
}
