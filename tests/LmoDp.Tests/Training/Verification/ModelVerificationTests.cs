using LmoDp.Training.Verification;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Verification;

/// <summary>Models, losses, norms and clipped sums against what Hugging Face transformers computes.</summary>
public sealed class ModelVerificationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("bert-seqcls", 3 * 51)]
    [InlineData("roberta-seqcls", 3 * 51)]
    [InlineData("roberta-mlm", 3 * 51)]
    [InlineData("gpt2-lm", 220)]
    [InlineData("llama-lm", 120)]
    [InlineData("llama-gqa-lm", 170)]
    [InlineData("llama-seqcls", 120)]
    public void ModelsEqualTheReference(string fixture, int leastCompared)
    {
        using var model = Load(fixture);
        var result = Verify(model, fixture);
        output.WriteLine(result.ToString());
        Assert.True(result.Ok);
        Assert.InRange(result.Compared, leastCompared, int.MaxValue);
        Assert.InRange(result.NormSlack, 0, 1e-4);
    }

    [Fact]
    public void AChangedWeightIsFound()
    {
        using var model = Load("bert-seqcls");
        using (no_grad())
            model.Module.named_parameters().Single(pair => pair.name == "bert.encoder.layer.1.output.dense.bias").parameter[3] += 1e-3;
        var result = Verify(model, "bert-seqcls");
        Assert.False(result.Ok);
        Assert.True(result is { Logits: > VerificationResult.OutputTolerance, GradientNorms: > VerificationResult.GradientTolerance });
    }

    [Fact]
    public void NotANumberIsNotOk()
    {
        Assert.False(new VerificationResult(double.NaN, 0, 0, 0, 0, 0, 1).Ok);
        Assert.False(new VerificationResult(0, 0, 0, 0, double.NaN, 0, 1).Ok);
        Assert.False(new VerificationResult(0, 0, 0, 0, 0, 0, Compared: 0).Ok);
        Assert.True(new VerificationResult(0, 0, 0, 0, 0, 0, 1).Ok);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"batches": []}""")]
    [InlineData("""{"batches": [{"labels": [0]}]}""")]
    [InlineData("""{"batches": [{"input_ids": [[1, 2], [3]], "labels": [0, 1]}]}""")]
    [InlineData("""{"batches": [{"input_ids": [[1, 2.5]], "labels": [0]}]}""")]
    [InlineData("""{"batches": [{"input_ids": [[1, 2]], "labels": [0, 1]}]}""")]
    [InlineData("""{"batches": [{"input_ids": [[1, 9999]], "labels": [0]}]}""")]
    [InlineData("""{"batches": [{"input_ids": [[1, 2]], "labels": [7]}]}""")]
    [InlineData("""{"batches": [{"input_ids": [[1, 2]], "labels": [[7, 7]]}]}""")]
    [InlineData("""{"batches": [""")]
    public void MalformedInputsAreRefused(string json)
    {
        var expected = SharedData.Require("goldens", "models", "bert-seqcls", "expected.safetensors");
        using var model = Load("bert-seqcls");
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, json);
            Assert.Throws<BadInputException>(() => ModelVerification.Run(model, path, expected, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static VerificationResult Verify(VerifiableModel model, string fixture)
        => ModelVerification.Run(model, SharedData.Require("goldens", "models", fixture, "inputs.json"), SharedData.Require("goldens", "models", fixture, "expected.safetensors"));

    private static VerifiableModel Load(string fixture) => VerifiableModel.Load(SharedData.Require("goldens", "models", fixture));
}
