using System.Text.Json;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Tests;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>One row of shared/goldens/accounting whose value is a finite number, or a list of them.</summary>
internal sealed record GoldenRow(string Mechanism, Composition Composition, string Method, string Quantity, double Argument, double[] Orders, double[] Values)
{
    public double Value => Values[0];

    public override string ToString() => FormattableString.Invariant($"{Mechanism} {Quantity} at {Argument}");

    /// <summary>The rows of a file by one method.</summary>
    public static IEnumerable<GoldenRow> Read(string file, Func<string, bool> method)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "accounting", file)));
        foreach (var row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            if (!method(row.GetProperty("method").GetString()!) || row.GetProperty("value").ValueKind == JsonValueKind.Null
                || row.GetProperty("mechanism").ValueKind != JsonValueKind.Object)
                continue;
            var quantity = row.GetProperty("quantity").GetString()!;
            var argument = quantity == "epsilon" ? row.GetProperty("delta").GetDouble() : quantity == "delta" ? row.GetProperty("epsilon").GetDouble() : 0;
            var composition = row.GetProperty("mechanism").GetProperty("composition");
            yield return new GoldenRow(composition.GetRawText(), new Composition([.. composition.EnumerateArray().Select(Group)]), row.GetProperty("method").GetString()!,
                quantity, argument, row.TryGetProperty("orders", out var orders) ? Numbers(orders) : [], Numbers(row.GetProperty("value")));
        }
    }

    private static ReleaseGroup Group(JsonElement group)
    {
        NoiseLaw law = group.GetProperty("noise").GetString() == "gaussian"
            ? new GaussianLaw(group.GetProperty("sigma").GetDouble())
            : new LaplaceLaw(group.GetProperty("scale").GetDouble());
        return new ReleaseGroup(new ScalarRelease(law), group.GetProperty("q").GetDouble(), group.GetProperty("T").GetInt64());
    }

    private static double[] Numbers(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Numbers)],
        JsonValueKind.Number => [element.GetDouble()],
        _ => [element.GetString() == "Infinity" ? double.PositiveInfinity : double.NaN],
    };
}
