using System.Text.Json;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class FinetuneTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] run;

    public FinetuneTests()
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        run =
        [
            "finetune", "--model", model, "--task", "text-classification", "--train", rows, "--evaluation", rows, "--labels", "no,yes", "--epsilon", "2", "--delta", "1e-5",
            "--batch-size", "5", "--steps", "4", "--seed", "1", "--max-tokens", "16",
        ];
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("rate")]
    [InlineData("scale")]
    public void A_file_of_the_authors_is_read_as_told_and_the_renyi_accountant_claims_no_lower_bound(string reading)
    {
        var file = folder.Write("noise.json", """{ "a1": 0, "a3": 0.1, "a4": 0, "G_theta": 1, "G_k": 1, "E_lambda": 5, "U_b": 1, "U_a": 0, "distributions": ["Exponential"] }""");
        var output = folder.File(reading);
        string[] secret = [.. run.Where((argument, i) => argument != "--seed" && run[Math.Max(0, i - 1)] != "--seed")];
        var given = secret.Select((argument, i) => i > 0 && secret[i - 1] == "--epsilon" ? "1e6" : argument);
        var json = Invocation.Of([.. given, "--noise", file, "--exponential", reading, "--output", output, "--json"]).Json();
        var law = (LmoLaw)NoiseLawParser.Parse(json.GetProperty("noise").GetString()!);
        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "run.json")));

        Assert.Equal(reading == "rate" ? 5 : 0.2, law.Exponential!.Rate, 12);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("epsilonLower").ValueKind);
        Assert.Equal(JsonValueKind.Null, record.RootElement.GetProperty("privacy").GetProperty("epsilonLower").ValueKind);
        Assert.DoesNotContain("seen step by step", File.ReadAllText(Path.Combine(output, "run.md")));
        Assert.Equal(0, Invocation.Of([.. secret, "--output", folder.File("gaussian")]).ExitCode);
        Assert.Contains("seen step by step", File.ReadAllText(Path.Combine(folder.File("gaussian"), "run.md")));
    }

    [Fact]
    public void A_run_reports_its_guarantee_and_leaves_a_model()
    {
        var output = folder.File("out");
        var finetuned = Invocation.InGerman([.. run, "--output", output, "--json"]);
        var json = finetuned.Json();

        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 1.99, 2);
        Assert.InRange(json.GetProperty("epsilonLower").GetDouble(), 1.98, json.GetProperty("epsilon").GetDouble());
        Assert.Equal(1e-5, json.GetProperty("delta").GetDouble());
        Assert.StartsWith("gaussian:std=", json.GetProperty("noise").GetString());
        Assert.Equal((0.25, 4, 1.0), (json.GetProperty("samplingRate").GetDouble(), json.GetProperty("steps").GetInt32(), json.GetProperty("clippingNorm").GetDouble()));
        Assert.True(json.GetProperty("examplesPerSecond").GetDouble() > 0 && json.GetProperty("seconds").GetDouble() > 0);
        Assert.Equal(output, json.GetProperty("output").GetString());
        Assert.Contains("step 4/4", finetuned.Error);
        Assert.DoesNotContain("loss", finetuned.Error);

        var accuracy = json.GetProperty("metrics").GetProperty("accuracy").GetDouble();
        Assert.Equal(accuracy, Invocation.Of("evaluate", "--model", output, "--task", "text-classification", "--data", folder.File("rows.csv"), "--json")
            .Json().GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Contains("is not empty", Invocation.Of([.. run, "--output", output]).Complaint());
    }

    [Fact]
    public void An_output_folder_that_does_not_fit_is_refused()
    {
        Assert.Contains("there is no run in", Invocation.Of([.. run, "--output", folder.File("out"), "--resume"]).Complaint());
        Assert.Contains("is a file", Invocation.Of([.. run, "--output", folder.Write("file", "")]).Complaint());
        Directory.CreateDirectory(folder.File("full"));
        folder.Write(Path.Combine("full", "other"), "");
        Assert.Contains("exists and is not empty", Invocation.Of([.. run, "--output", folder.File("full")]).Complaint());
        Assert.Contains("there is no run in", Invocation.Of([.. run, "--output", folder.File("full"), "--resume"]).Complaint());
        Assert.Equal(["other"], Directory.EnumerateFileSystemEntries(folder.File("full")).Select(Path.GetFileName));
    }

    // Width 8, one layer: embeddings 368, layer 600, pooler 72, output 18; LoRA of rank 8 on queries and values.
    [Theory]
    [InlineData("full", 1058)]
    [InlineData("lora", 346)]
    [InlineData("bias", 170)]
    [InlineData("head", 90)]
    public void Every_trainable_set_learns(string trainable, int parameters)
    {
        var json = Invocation.Of([.. run, "--trainable", trainable, "--output", folder.File("out"), "--json"]).Json();
        Assert.Equal(parameters, json.GetProperty("trainedParameters").GetInt32());
        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 1.99, 2);
    }

    [Fact]
    public void A_run_without_privacy_has_no_epsilon()
    {
        var arguments = run.Where((_, i) => run[i] is not ("--epsilon" or "--delta") && (i == 0 || run[i - 1] is not ("--epsilon" or "--delta"))).ToArray();
        var json = Invocation.Of([.. arguments, "--method", "non-private", "--output", folder.File("out"), "--json"]).Json();
        Assert.Equal(JsonValueKind.Null, json.GetProperty("epsilon").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("noise").ValueKind);
    }

    [Fact]
    public void Losses_are_shown_only_when_asked_for()
        => Assert.Contains("UNSAFE", Invocation.Of([.. run, "--unsafe-diagnostics", "--output", folder.File("out"), "--json"]).Error);

    [Theory]
    [InlineData("more than the budget", "--noise", "gaussian:std=0.5")]
    [InlineData("larger than the training data of 20", "--batch-size", "21")]
    [InlineData("no less than 1/20", "--delta", "0.05")]
    [InlineData("column", "--text-column", "note")]
    [InlineData("not one of", "--labels", "no,maybe")]
    [InlineData("unknown option '--epochs'", "--epochs", "3")]
    public void What_cannot_be_run_is_one_line_and_leaves_nothing(string complaint, string option, string value)
    {
        var at = Array.IndexOf(run, option);
        string[] arguments = at < 0 ? [.. run, option, value] : [.. run[..at], option, value, .. run[(at + 2)..]];
        Assert.Contains(complaint, Invocation.InGerman([.. arguments, "--output", folder.File("out"), "--json"]).Complaint());
        Assert.False(Directory.Exists(folder.File("out")));
    }
}
