using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Training.Ledger;

/// <summary>
/// The JSON of a ledger's records: <c>run</c> (the header), <c>release</c> and <c>torn</c>, each of which states the whole cost of its draw, so that a ledger can be read without any other file, and
/// <c>released</c>, what a draw of scalars has come to.
/// </summary>
internal static class LedgerRecord
{
    private const int Format = 1;
    private const string Released = "released";

    /// <summary>Laws longer than this (free-form lattices) stand in full in the header and by their hash in the entries.</summary>
    private const int LongestInlineNoise = 400;

    public static byte[] Write(LedgerHeader header) => Write(json =>
    {
        json.WriteString("kind", "run");
        json.WriteNumber("format", Format);
        json.WriteString("run", header.Run);
        json.WriteBoolean("private", header.IsPrivate);
        json.WriteStartArray("plan");
        foreach (var (terms, draws) in header.Plan)
        {
            json.WriteStartObject();
            WriteTerms(json, terms, terms.Noise);
            json.WriteNumber("draws", draws);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (header.Settings is not { } settings)
            return;
        json.WriteStartObject("settings");
        foreach (var (name, value) in settings)
            json.WriteString(name, value);
        json.WriteEndObject();
    });

    public static byte[] Write(LedgerHeader header, LedgerEntry entry) => Write(json =>
    {
        json.WriteString("kind", entry.IsTorn ? "torn" : "release");
        json.WriteNumber("group", entry.Group);
        if (!entry.IsTorn)
        {
            json.WriteNumber("step", entry.Step);
            json.WriteNumber("attempt", entry.Attempt);
        }
        var terms = header.Plan[entry.Group].Terms;
        WriteTerms(json, terms, InEntries(terms.Noise));
        if (!entry.IsTorn)
        {
            json.WriteString("state", entry.State);
            json.WriteString("digest", entry.Release);
        }
    });

    public static byte[] Write(ReleasedSums released) => Write(json =>
    {
        json.WriteString("kind", Released);
        json.WriteNumber("step", released.Step);
        json.WriteNumber("attempt", released.Attempt);
        json.WriteStartArray("sums");
        foreach (var sum in released.Sums)
            json.WriteNumberValue(sum);
        json.WriteEndArray();
    });

    /// <summary>Reads a header; throws <see cref="FormatException"/> where it is not one.</summary>
    public static LedgerHeader ReadHeader(ReadOnlySpan<byte> record) => Read(record, json =>
    {
        if (json.GetProperty("kind").GetString() != "run" || json.GetProperty("format").GetInt32() != Format)
            throw new FormatException("the first record is not a run of format 1");
        var plan = json.GetProperty("plan").EnumerateArray()
            .Select(group => new PlannedDraws(ReadTerms(group), InRange(group.GetProperty("draws").GetInt32(), 1))).ToArray();
        if (plan.Length == 0)
            throw new FormatException("the plan is empty");
        return new LedgerHeader(HexDigits(json.GetProperty("run"), 32), json.GetProperty("private").GetBoolean(), plan,
            json.TryGetProperty("settings", out var settings)
                ? ReadSettings(settings)
                : null);
    });

    private static Dictionary<string, string> ReadSettings(JsonElement json)
    {
        var settings = new Dictionary<string, string>();
        foreach (var setting in json.EnumerateObject())
        {
            if (!settings.TryAdd(setting.Name, setting.Value.GetString() ?? throw new FormatException("a setting that is no text")))
                throw new FormatException($"the setting {setting.Name} twice");
        }
        return settings;
    }

    /// <summary>Reads what follows the header, a <see cref="LedgerEntry"/> or <see cref="ReleasedSums"/>; throws <see cref="FormatException"/> where it is neither, or is under other terms than those of the plan.</summary>
    public static object ReadNext(LedgerHeader header, ReadOnlySpan<byte> record)
        => Read<object>(record, json => json.GetProperty("kind").GetString() == Released ? ReadReleased(json) : ReadEntry(header, json));

    private static ReleasedSums ReadReleased(JsonElement json) => new(InRange(json.GetProperty("step").GetInt32(), 0), InRange(json.GetProperty("attempt").GetInt32(), 1),
        [.. json.GetProperty("sums").EnumerateArray().Select(sum => sum.GetInt64())]);

    private static LedgerEntry ReadEntry(LedgerHeader header, JsonElement json)
    {
        var group = json.GetProperty("group").GetInt32();
        if (group < 0 || group >= header.Plan.Count)
            throw new FormatException("a group that the plan does not hold");
        var planned = header.Plan[group].Terms;
        if (ReadTerms(json) != planned with { Noise = InEntries(planned.Noise) })
            throw new FormatException("a release under other terms than those of the plan");
        return json.GetProperty("kind").GetString() switch
        {
            "torn" => LedgerEntry.Torn(group),
            "release" => new LedgerEntry(group, InRange(json.GetProperty("step").GetInt32(), 0), InRange(json.GetProperty("attempt").GetInt32(), 1),
                HexDigits(json.GetProperty("state"), 64), HexDigits(json.GetProperty("digest"), 64)),
            _ => throw new FormatException("an unknown kind of record"),
        };
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteTerms(Utf8JsonWriter json, ReleaseTerms terms, string noise)
    {
        json.WriteString("noise", noise);
        json.WriteString("release", terms.Kind.Name());
        json.WriteNumber("sensitivity", terms.Sensitivity);
        json.WriteNumber("samplingRate", terms.SamplingRate);
        json.WriteNumber("perDraw", terms.PerDraw);
    }

    private static T Read<T>(ReadOnlySpan<byte> record, Func<JsonElement, T> content)
    {
        try
        {
            using var document = JsonDocument.Parse(record.ToArray());
            return content(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("a record that is not of this format", e);
        }
    }

    private static ReleaseTerms ReadTerms(JsonElement json)
    {
        var kind = ReleaseKinds.TryParse(json.GetProperty("release").GetString()) ?? throw new FormatException("a release that is neither scalar nor vector");
        var terms = new ReleaseTerms(json.GetProperty("noise").GetString() ?? throw new FormatException("a release without noise law"), kind,
            json.GetProperty("sensitivity").GetDouble(), json.GetProperty("samplingRate").GetDouble(), InRange(json.GetProperty("perDraw").GetInt32(), 1));
        if (!(terms.Sensitivity > 0 && double.IsFinite(terms.Sensitivity) && terms.SamplingRate is > 0 and <= 1))
            throw new FormatException("a sensitivity or sampling rate out of range");
        return terms;
    }

    private static string InEntries(string noise)
        => noise.Length <= LongestInlineNoise ? noise : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(noise)));

    private static int InRange(int value, int least) => value >= least ? value : throw new FormatException("a number out of range");

    private static string HexDigits(JsonElement value, int count)
    {
        var digits = value.GetString();
        return digits?.Length == count && digits.All(char.IsAsciiHexDigitLower) ? digits : throw new FormatException("a name or digest that is not hexadecimal");
    }
}
