using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class VerifyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bert-seqcls")]
    [InlineData("roberta-seqcls")]
    [InlineData("roberta-mlm")]
    [InlineData("bert-seqcls", "model_hub_style.safetensors")]
    [InlineData("roberta-mlm", "model_hub_style.safetensors")]
    [InlineData("gpt2-lm")]
    [InlineData("gpt2-lm", "model_hub_style.safetensors")]
    [InlineData("llama-lm")]
    [InlineData("llama-gqa-lm")]
    [InlineData("llama-gqa-lm", "model_hub_style.safetensors")]
    [InlineData("llama-seqcls")]
    public void Reference_models_are_met(string fixture, string? weights = null)
    {
        var model = SharedData.Require("goldens", "models", fixture);
        string[] other = weights is null ? [] : ["--weights", Path.Combine(model, weights)];
        var json = Invocation.Of(["verify", "--model", model, "--inputs", Path.Combine(model, "inputs.json"), "--expected", Path.Combine(model, "expected.safetensors"), .. other, "--json"]).Json();
        Assert.True(json.GetProperty("ok").GetBoolean());
        foreach (var (name, limit) in new[] { ("logits", 2e-5), ("losses", 5e-6), ("hiddenStates", 2e-5), ("gradientNorms", 1e-4), ("clippedSums", 1e-4) })
            Assert.InRange(json.GetProperty(name).GetDouble(), 0, limit);
    }

    [Fact]
    public void Another_models_values_are_not_met()
    {
        var (bert, roberta) = (SharedData.Require("goldens", "models", "bert-seqcls"), SharedData.Require("goldens", "models", "roberta-seqcls"));
        var run = Invocation.Of("verify", "--model", bert, "--inputs", Path.Combine(bert, "inputs.json"), "--expected", Path.Combine(roberta, "expected.safetensors"));
        Assert.NotEqual(0, run.ExitCode);
    }

    [Fact]
    public void Missing_files_are_one_line()
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        Assert.Contains("--inputs: there is no file 'nowhere.json'", Invocation.Of("verify", "--model", model, "--inputs", "nowhere.json", "--expected", "nowhere.safetensors", "--json").Complaint());
        Assert.Contains("--model: there is no folder 'nowhere'", Invocation.Of("verify", "--model", "nowhere", "--inputs", "x", "--expected", "y").Complaint());
        Assert.Contains("--weights: there is no file", Invocation.Of("verify", "--model", model, "--weights", "nowhere", "--inputs", "x", "--expected", "y").Complaint());
    }
}
