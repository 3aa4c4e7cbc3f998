using System.Text.Json;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Tests.Models.Decoders;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class ZerothOrderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model, rows;
    private readonly string[] run;

    public ZerothOrderTests()
    {
        model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        run =
        [
            "finetune", "--method", "zeroth-order", "--model", model, "--task", "text-classification", "--train", rows, "--evaluation", rows, "--labels", "no,yes", "--epsilon", "2", "--delta", "1e-5",
            "--batch-size", "5", "--steps", "4", "--max-tokens", "16",
        ];
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("free", 1)]
    [InlineData("lmo", 1)]
    [InlineData("laplace", 1)]
    [InlineData("generalised-gaussian", 1)]
    [InlineData("gaussian", 1)]
    [InlineData("gaussian", 8)]
    public void A_family_is_searched_and_its_lattice_law_is_what_is_accounted(string noise, int directions)
    {
        var output = folder.File("out");
        var finetuned = Invocation.InGerman([.. run, "--noise", noise, "--directions", $"{directions}", .. directions > 1 ? ["--direction-clipping", "separate"] : Array.Empty<string>(), "--output", output, "--json"]);
        var json = finetuned.Json();
        var law = Assert.IsType<LatticeLaw>(NoiseLawParser.Parse(json.GetProperty("noise").GetString()!));
        var account = PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(law), 0.25, 4, directions)), 1e-5);

        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 1.99, 2);
        Assert.InRange(account.Lower, 0, json.GetProperty("epsilon").GetDouble());
        Assert.InRange(account.Upper, 1.98, 2.001);
        Assert.Equal(directions, json.GetProperty("releasesPerDraw").GetInt32());
        Assert.True(json.GetProperty("private").GetBoolean());
        Assert.DoesNotContain("loss", finetuned.Error);
        var check = Invocation.Of("check", output, "--json").Json();
        Assert.True(check.GetProperty("ok").GetBoolean(), check.ToString());
        Assert.Equal((4 * directions, 4 * directions), (check.GetProperty("releases").GetInt32(), check.GetProperty("planned").GetInt32()));
        using var statement = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "dp_statement.json")));
        Assert.Equal(4 * directions, statement.RootElement.GetProperty("chargedReleases").GetInt32());
        Assert.Equal("scalar", statement.RootElement.GetProperty("release").GetString());
        Assert.Equal(1, statement.RootElement.GetProperty("sensitivity").GetDouble());
    }

    /// <summary>Eight derivatives as one vector: what is accounted is a Gaussian of sensitivity sqrt(8) C; the record is whole, says so, and the run is replayed. Laplace noise is for separate numbers.</summary>
    [Fact]
    public void Directions_are_clipped_together_where_that_is_predicted_to_be_better()
    {
        var output = folder.File("out");
        var json = Invocation.Of([.. run, "--noise", "gaussian", "--directions", "8", "--clipping-norm", "0.5", "--output", output, "--json"]).Json();
        var law = Assert.IsType<GaussianLaw>(NoiseLawParser.Parse(json.GetProperty("noise").GetString()!));
        var account = PldAccountant.Epsilon(new Composition(new ReleaseGroup(new VectorRelease(law), 0.25, 4)), 1e-5);
        Assert.InRange(account.Lower, 0, json.GetProperty("epsilon").GetDouble());
        Assert.InRange(account.Upper, 1.98, 2.001);
        Assert.Equal(0.5 * Math.Sqrt(8), json.GetProperty("clippingNorm").GetDouble(), 1e-12);
        var check = Invocation.Of("check", output, "--json").Json();
        Assert.True(check.GetProperty("ok").GetBoolean(), check.ToString());
        using var statement = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "dp_statement.json")));
        Assert.Equal("vector", statement.RootElement.GetProperty("release").GetString());
        Assert.Equal(0.5 * Math.Sqrt(8), statement.RootElement.GetProperty("sensitivity").GetDouble(), 1e-12);
        Assert.Contains("checked", statement.RootElement.GetProperty("clipping").GetString());
        Assert.True(Invocation.Of("replay", "--run", output, "--model", model, "--output", folder.File("again"), "--json").Json().GetProperty("identical").GetBoolean());

        Assert.Equal("scalar", Release("--noise", "laplace", "--directions", "2"));
        Assert.Equal("vector", Release("--noise", "gaussian:std=20", "--directions", "2", "--direction-clipping", "joint"));
        Assert.Contains("for gaussian noise", Invocation.Of([.. run, "--noise", "laplace", "--directions", "2", "--direction-clipping", "joint", "--output", folder.File("bad")]).Complaint());
        Assert.Contains("at most 512", Invocation.Of([.. run, "--noise", "gaussian:std=1e15", "--directions", "2", "--direction-clipping", "joint", "--output", folder.File("bad")]).Complaint());
        Assert.Contains("--directions 2 or more", Invocation.Of([.. run, "--direction-clipping", "joint", "--output", folder.File("bad")]).Complaint());
        Assert.False(Directory.Exists(folder.File("bad")));
    }

    private string Release(params string[] options)
    {
        var output = folder.File(string.Concat(options));
        Assert.Equal(0, Invocation.Of([.. run, .. options, "--output", output]).ExitCode);
        using var statement = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "dp_statement.json")));
        return statement.RootElement.GetProperty("release").GetString()!;
    }

    [Fact]
    public void A_law_is_taken_as_it_is_and_refused_beyond_the_budget()
    {
        var json = Invocation.Of([.. run, "--noise", "laplace:scale=20", "--output", folder.File("out"), "--json"]).Json();
        Assert.StartsWith("lattice:steps=", json.GetProperty("noise").GetString());
        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 0.01, 0.3);
        Assert.Contains("cannot be drawn on a lattice", Invocation.Of([.. run, "--noise", "laplace:scale=1e14", "--output", folder.File("other")]).Complaint());
        Assert.Contains("more than the budget", Invocation.Of([.. run, "--noise", "laplace:scale=0.5", "--output", folder.File("other")]).Complaint());
        Assert.False(Directory.Exists(folder.File("other")));
    }

    [Fact]
    public void Diagnostics_are_of_derivatives()
        => Assert.Contains("absolute derivative", Invocation.Of([.. run, "--noise", "laplace:scale=20", "--unsafe-diagnostics", "--output", folder.File("out"), "--json"]).Error);

    [Fact]
    public void A_run_is_replayed()
    {
        var output = folder.File("out");
        Assert.Equal(0, Invocation.Of([.. run, "--noise", "laplace:scale=20", "--seed", "1", "--output", output]).ExitCode);
        var replayed = Invocation.Of("replay", "--run", output, "--model", model, "--output", folder.File("again"), "--json").Json();
        Assert.Equal((4, true), (replayed.GetProperty("steps").GetInt32(), replayed.GetProperty("identical").GetBoolean()));
        Assert.Contains("bit by bit", Invocation.Of("replay", "--run", output, "--model", model, "--output", folder.File("third")).Output);
        Assert.Contains("exists already", Invocation.Of("replay", "--run", output, "--model", model, "--output", folder.File("again")).Complaint());
        Assert.Contains("not the model", Invocation.Of("replay", "--run", output, "--model", output, "--output", folder.File("fourth")).Complaint());

        // Weights that are not the run's are told from it.
        File.Copy(Path.Combine(model, "model.safetensors"), Path.Combine(output, "model.safetensors"), overwrite: true);
        var other = Invocation.Of("replay", "--run", output, "--model", model, "--output", folder.File("fifth"), "--json");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("\"identical\": false", other.Output);
    }

    /// <summary>A soft prompt, by first order and by zeroth: what is saved predicts as the run did, and is refused as a start that would lose it.</summary>
    [Theory]
    [InlineData("dp-sgd")]
    [InlineData("zeroth-order")]
    public void A_soft_prompt_is_trained_saved_and_read_again(string method)
    {
        var output = folder.File("out");
        string[] arguments = [.. run[..1], "--method", method, .. run[3..], "--trainable", "prompt", "--prompt-length", "4", "--noise", "gaussian:std=20", .. run.Contains("--learning-rate") ? Array.Empty<string>() : ["--learning-rate", "0.01"]];
        var json = Invocation.Of([.. arguments, "--output", output, "--json"]).Json();
        Assert.True(File.Exists(Path.Combine(output, "soft_prompt", "adapter_model.safetensors")));
        Assert.Equal(json.GetProperty("metrics").GetProperty("accuracy").GetDouble(),
            Invocation.Of("evaluate", "--model", output, "--task", "text-classification", "--data", rows, "--max-tokens", "16", "--json").Json().GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Contains("leave no room for texts", Invocation.Of("evaluate", "--model", output, "--task", "text-classification", "--data", rows, "--max-tokens", "8").Complaint());
        double Certainty() => Invocation.Of("predict", "--model", output, "--text", "a good film", "--json").Json().GetProperty("predictions")[0].GetProperty("probabilities")[0].GetDouble();
        var certainty = Certainty();
        Assert.True(Invocation.Of("check", output, "--json").Json().GetProperty("ok").GetBoolean());
        Assert.Contains("which would be lost", Invocation.Of([.. arguments.Select(argument => argument == model ? output : argument), "--output", folder.File("next")]).Complaint());
        if (method == "zeroth-order")
            Assert.True(Invocation.Of("replay", "--run", output, "--model", model, "--output", folder.File("again"), "--json").Json().GetProperty("identical").GetBoolean());
        Assert.Contains("ok", Invocation.Of("check", output).Output);
        var vectors = Path.Combine(output, "soft_prompt", "adapter_model.safetensors");
        var kept = File.ReadAllBytes(vectors);
        File.WriteAllBytes(vectors, [.. kept[..^1], (byte)(kept[^1] ^ 1)]);
        Assert.Contains("soft_prompt/adapter_model.safetensors", Invocation.Of("check", output).Output);
        File.WriteAllBytes(vectors, kept);

        Directory.Delete(Path.Combine(output, "soft_prompt"), recursive: true);
        Assert.NotEqual(certainty, Certainty());
    }

    [Fact]
    public void A_writers_soft_prompt_is_heeded_by_generate_and_replay()
    {
        var writer = TinyWriter.Write(folder.File("writer"));
        var pairs = folder.Write("pairs.csv", "source,target\nab,abc\nba,cab\nabc,ab\ncab,ba\n");
        Assert.Contains("11 of them the soft prompt's", Invocation.Of("finetune", "--model", writer, "--task", "text-to-text", "--train", pairs, "--trainable", "prompt", "--prompt-length", "11", "--epsilon", "2", "--delta", "1e-5",
            "--batch-size", "2", "--steps", "3", "--max-tokens", "24", "--output", folder.File("full")).Complaint());
        Assert.False(Directory.Exists(folder.File("full")));
        foreach (var method in new[] { "zeroth-order", "dp-sgd" })
        {
            var output = folder.File(method);
            Invocation.Of("finetune", "--method", method, "--model", writer, "--task", "text-to-text", "--train", pairs, "--evaluation", pairs, "--noise", "gaussian:std=20", "--trainable", "prompt", "--prompt-length", "3",
                "--epsilon", "2", "--delta", "1e-5", "--batch-size", "2", "--steps", "3", "--max-tokens", "24", "--seed", "1", "--learning-rate", "1", "--output", output, "--json").Json();
            Assert.Single(Invocation.Of("generate", "--model", output, "--source", "ab", "--json").Json().GetProperty("texts").EnumerateArray());
            Assert.Single(Invocation.Of("generate", "--model", output, "--prompt", "ab", "--json").Json().GetProperty("texts").EnumerateArray());
        }
        Assert.True(Invocation.Of("replay", "--run", folder.File("zeroth-order"), "--model", writer, "--output", folder.File("again"), "--json").Json().GetProperty("identical").GetBoolean());
    }

    [Fact]
    public void A_writer_learns_and_is_replayed()
    {
        var writer = TinyWriter.Write(folder.File("writer"));
        var pairs = folder.Write("pairs.csv", "source,target\nab,abc\nba,cab\nabc,ab\ncab,ba\n");
        string[] arguments = ["finetune", "--method", "zeroth-order", "--model", writer, "--task", "text-to-text", "--train", pairs, "--noise", "laplace:scale=20", "--trainable", "full",
            "--epsilon", "2", "--delta", "1e-5", "--batch-size", "2", "--steps", "3", "--max-tokens", "24", "--seed", "1"];
        Assert.Equal(0, Invocation.Of([.. arguments, "--output", folder.File("out")]).ExitCode);
        Assert.True(Invocation.Of("replay", "--run", folder.File("out"), "--model", writer, "--output", folder.File("again"), "--json").Json().GetProperty("identical").GetBoolean());
    }

    [Theory]
    [InlineData("--clipping needs a --method with gradients", "--clipping", "flat")]
    [InlineData("--weight-decay needs", "--weight-decay", "0.1")]
    [InlineData("--directions", "--directions", "0")]
    [InlineData("--perturbation", "--perturbation", "0")]
    [InlineData("--perturbation", "--perturbation", "0,001")]
    [InlineData("--perturbation", "--perturbation", "2")]
    [InlineData("--perturbation", "--perturbation", "1e-7")]
    [InlineData("--prompt-length needs --trainable prompt", "--prompt-length", "4")]
    [InlineData("leave no room", "--trainable", "prompt")]
    [InlineData("neither a noise law nor a file", "--noise", "cauchy")]
    [InlineData("not one of", "--method", "zeroth")]
    public void What_cannot_be_run_is_one_line_and_leaves_nothing(string complaint, string option, string value)
    {
        var at = Array.IndexOf(run, option);
        string[] arguments = at < 0 ? [.. run, option, value] : [.. run[..at], option, value, .. run[(at + 2)..]];
        Assert.Contains(complaint, Invocation.InGerman([.. arguments, "--output", folder.File("out"), "--json"]).Complaint());
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void Its_options_are_for_it_alone()
    {
        string[] gradients = [.. run.Where((_, i) => run[i] != "--method" && run[Math.Max(i - 1, 0)] != "--method")];
        Assert.Contains("--directions needs --method zeroth-order", Invocation.Of([.. gradients, "--directions", "2", "--output", folder.File("out")]).Complaint());
        Assert.Contains("free", Invocation.Of([.. gradients, "--noise", "free", "--output", folder.File("out")]).Complaint());
    }
}
