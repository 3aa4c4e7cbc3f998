using System.Text.Json;
using System.Text.Json.Nodes;
using LmoDp.Training.Record;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class CheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] run;
    private readonly string output;

    public CheckTests()
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        output = folder.File("out");
        run =
        [
            "finetune", "--model", model, "--task", "text-classification", "--train", rows, "--labels", "no,yes", "--epsilon", "2", "--delta", "1e-5",
            "--batch-size", "5", "--steps", "4", "--seed", "1", "--max-tokens", "16", "--output", output,
        ];
        Assert.Equal(0, Invocation.Of(run).ExitCode);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AWholeRunAgreesWithItsLedger()
    {
        var checkedRun = Invocation.Of("check", output, "--json");
        var json = checkedRun.Json();
        Assert.Equal(0, checkedRun.ExitCode);
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal(json.GetProperty("statedEpsilon").GetDouble(), json.GetProperty("epsilon").GetDouble(), 1e-4);
        Assert.Equal((4, 4, false), (json.GetProperty("releases").GetInt32(), json.GetProperty("planned").GetInt32(), json.GetProperty("isPrivate").GetBoolean()));
        Assert.Contains("agree", Invocation.InGerman("check", output).Output);
        Assert.Contains("NOT PRIVATE", Invocation.Of("check", output).Output);
        Assert.True(Invocation.Of("check", output, "--delta", "1e-2", "--json").Json().GetProperty("epsilon").GetDouble() < 1.9);
    }

    [Theory]
    [InlineData("epsilon", "1.5", "too small")]
    [InlineData("epsilonLower", "2.5", "too large")]
    [InlineData("delta", "1e-9", "too small")]
    [InlineData("isPrivate", "true", "isPrivate")]
    [InlineData("noise", "\"gaussian:std=100\"", "noise")]
    [InlineData("noiseStandardDeviation", "100", "noiseStandardDeviation")]
    [InlineData("samplingRate", "0.01", "samplingRate")]
    [InlineData("sensitivity", "0.5", "sensitivity")]
    [InlineData("clippingNorm", "1000", "clippingNorm")]
    [InlineData("chargedReleases", "3", "chargedReleases")]
    [InlineData("release", "\"scalar\"", "release")]
    [InlineData("delta", "0.5", "protects nobody")]
    [InlineData("adjacency", "\"everything\"", "was changed")]
    public void AnEmbellishedRecordIsFound(string field, string value, string expected)
    {
        // In one file of the record it is not what the others say; in all of them it is not what the ledger says.
        Rewrite(DpStatement.FileName, statement => statement);
        Found("was changed");
        Rewrite(RunRecord.FileName, record => record["privacy"]!);
        if (expected != "was changed")
            RunRecord.Read(output)!.Write(output);
        Found(expected);

        void Rewrite(string name, Func<JsonNode, JsonNode> part)
        {
            var document = JsonNode.Parse(File.ReadAllText(Path.Combine(output, name)))!;
            Assert.NotNull(part(document)[field]);
            part(document)[field] = JsonNode.Parse(value);
            File.WriteAllText(Path.Combine(output, name), document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        }
    }

    [Fact]
    public void APageThatSaysOtherwiseIsFound()
    {
        var page = Path.Combine(output, RunRecord.PageFileName);
        File.WriteAllText(page, File.ReadAllText(page).Replace("epsilon = ", "epsilon = 0", StringComparison.Ordinal));
        Found(RunRecord.PageFileName);
        File.Delete(page);
        Found("missing");
    }

    [Fact]
    public void OtherWeightsThanTheStatementIsAboutAreFound()
    {
        var weights = Path.Combine(output, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Found("model.safetensors is not the file");
        File.WriteAllBytes(Path.Combine(output, "other.safetensors"), bytes);
        Found("other.safetensors is not the file");
        File.Delete(weights);
        Found("model.safetensors is missing");
    }

    [Fact]
    public void ARecordOfAVersionWithoutDigestsOfWeightsAgrees()
    {
        var record = RunRecord.Read(output)!;
        Assert.NotNull(record.Privacy!.WeightsSha256);
        (record with { Privacy = record.Privacy with { WeightsSha256 = null } }).Write(output);
        Assert.DoesNotContain("weightsSha256", File.ReadAllText(Path.Combine(output, DpStatement.FileName)));
        Assert.Equal(0, Invocation.Of("check", output).ExitCode);
    }

    [Fact]
    public void TheModelsCardMayBeAnybodysButForItsSectionOnPrivacy()
    {
        var card = Path.Combine(output, ModelCard.FileName);
        var text = File.ReadAllText(card);
        Assert.StartsWith("---\nlibrary_name: transformers\n---\n", text); // a seeded run is not tagged as private
        foreach (var expected in new[] { "Not private: seeded", "| unit of privacy | one row |", "| adjacency |", "| sampling rate q | 0.25 |", "| planned steps T | 4 |", "| clipping norm C |", "| noise | gaussian", "| accountant | pld |", "| SHA-256 of model.safetensors |", "Not covered", "| lmodp |" })
            Assert.Contains(expected, text);
        File.WriteAllText(card, "My model.\n" + text + "\nMy words.\n");
        Assert.Equal(0, Invocation.Of("check", output).ExitCode);
        RunRecord.Read(output)!.Write(output);
        Assert.Equal("My model.\n" + text + "\nMy words.\n", File.ReadAllText(card));
        File.WriteAllText(card, File.ReadAllText(card).Replace("| accountant | pld |", "| accountant | magic |", StringComparison.Ordinal));
        Found("section on privacy");
        File.WriteAllText(card, File.ReadAllText(card).Replace("<!-- lmodp: end -->", "", StringComparison.Ordinal)); // half a section
        Found("section on privacy");
        RunRecord.Read(output)!.Write(output); // left alone
        Found("section on privacy");
        File.WriteAllText(card, "My model.");
        Assert.Equal(0, Invocation.Of("check", output).ExitCode);
        RunRecord.Read(output)!.Write(output);
        Assert.StartsWith("My model.\n\n<!-- lmodp", File.ReadAllText(card));
        File.WriteAllText(card, File.ReadAllText(card).ReplaceLineEndings("\r\n"));
        Assert.Equal(0, Invocation.Of("check", output).ExitCode);
        File.AppendAllText(card, text.Replace("| planned steps T | 4 |", "| planned steps T | 1 |", StringComparison.Ordinal)); // two sections, of which the second is wrong
        Found("section on privacy");
        File.Delete(card);
        Assert.Equal(0, Invocation.Of("check", output).ExitCode);
    }

    [Theory]
    [InlineData("laplace:scale=50", "2")] // the Renyi accountant, which proves no lower bound
    [InlineData("gaussian:std=0.02", "1e6")] // losses beyond 745: the lower bound is 0
    [InlineData("gaussian:std=2", "100")] // a bracket of 4e-6
    public void AStatementBelowTheProvenBoundIsFoundHoweverWideTheBracket(string noise, string budget)
    {
        var other = folder.File("other");
        Assert.Equal(0, Invocation.Of([.. run[..^1].Select(argument => argument == "2" ? budget : argument), other, "--noise", noise]).ExitCode);
        Assert.Equal(0, Invocation.Of("check", other).ExitCode);
        var record = RunRecord.Read(other)!;
        (record with { Privacy = record.Privacy! with { Epsilon = record.Privacy.Epsilon * 0.9999 } }).Write(other);
        Assert.Contains("too small", Invocation.Of("check", other).Output);
    }

    [Fact]
    public void ALedgerThatWasCutOrChangedIsRefused()
    {
        var ledger = Path.Combine(output, "run", "ledger.jsonl");
        var lines = File.ReadAllLines(ledger);
        File.WriteAllLines(ledger, lines[..^1]);
        Found("ledgerHash");
        File.WriteAllLines(ledger, [lines[0], .. lines[2..]]);
        Refused("check", output);
        File.Delete(ledger);
        Refused("check", output);
    }

    [Fact]
    public void WithoutARecordTheLedgerAloneIsAccounted()
    {
        File.Delete(Path.Combine(output, RunRecord.FileName));
        Refused("check", output);
        var json = Invocation.Of("check", output, "--delta", "1e-5", "--json").Json();
        Assert.Equal(JsonValueKind.Null, json.GetProperty("statedEpsilon").ValueKind);
        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 1.99, 2.001);
        File.WriteAllText(Path.Combine(output, RunRecord.FileName), "{}");
        Refused("check", output);
    }

    [Fact]
    public void WhatIsNoPrivateRunGetsOneLine()
    {
        Refused("check", folder.File("nowhere"));
        Assert.Contains("no private run", Refused("check", folder.File("model")));
    }

    private void Found(string expected)
    {
        var found = Invocation.Of("check", output);
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("NOT ok", found.Output);
        Assert.Contains(expected, found.Output);
    }

    private static string Refused(params string[] arguments)
    {
        var fault = Invocation.Of(arguments);
        Assert.Equal(2, fault.ExitCode);
        return Assert.Single(fault.Error.Trim().Split('\n'));
    }
}
