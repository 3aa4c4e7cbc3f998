using System.Text.Json;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Models.Tokenizers;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Ledger;
using LmoDp.Training.Record;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Cli;

/// <summary>A Llama whose bfloat16 weights stay in their files is fine-tuned with privacy, evaluated and used; what comes out are adapters for it.</summary>
public sealed class MappedWeightsRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model, pairs, rows;

    public MappedWeightsRunTests()
    {
        model = Directory.CreateDirectory(folder.File("llama")).FullName;
        SentencePieceFile.Tiny("\u2581ab", "\u2581abc", "\u2581cab", "\u2581ba", "ab", "ba", "\u2581", "a", "b", "c").Write(Path.Combine(model, "tokenizer.model"));
        var tokenizer = TextTokenizer.Load(model);
        var config = TestDecoders.Config("llama") with { VocabSize = tokenizer.VocabSize, MaxPositionEmbeddings = 48, BosTokenId = 1, PadTokenId = null };
        using (var random = TestModels.Randomised(new CausalLanguageModel(config), ScalarType.Float32))
            DecoderCheckpoint.Save(model, random, tokenizer, ScalarType.BFloat16);
        pairs = folder.Write("pairs.csv", "source,target\n" + string.Concat(Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "ab ab,abc\n" : "cab,ba ba\n")));
        rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "ab abc,yes\n" : "cab ba,no\n")));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void APrivateWriterIsTheSameMappedAndLoaded()
    {
        var weights = File.ReadAllBytes(Path.Combine(model, "model.safetensors"));
        var run = Finetune("--task", "text-to-text", "--train", pairs, "--evaluation", pairs, "--epsilon", "8", "--delta", "1e-5", "--steps", "3", "--seed", "1");
        Assert.InRange(run.GetProperty("epsilon").GetDouble(), 7.9, 8);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "config.json", "dp_statement.json", "README.md", "run.json", "run.md"],
            Directory.GetFiles(folder.File("run")).Select(Path.GetFileName).Where(name => !name!.StartsWith("tokenizer", StringComparison.Ordinal) && name != "special_tokens_map.json").Order());
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(model, "model.safetensors")));

        // Float32 weights with the adapters folded in compute what was measured at the end of the run; the base model does not.
        var expected = Perplexity(run);
        foreach (var storage in new[] { "mapped", "loaded" })
            Assert.Equal(1, Perplexity(Evaluate(folder.File("run"), storage)) / expected, 1e-5);
        Assert.NotEqual(1, Perplexity(Evaluate(model, "loaded", "--max-tokens", "40")) / expected, 1e-3);
        string[] generate = ["generate", "--model", folder.File("run"), "--source", "cab", "--weights"];
        Assert.Equal(Invocation.Of([.. generate, "loaded"]).Output, Invocation.Of([.. generate, "mapped"]).Output);
    }

    /// <summary>One step, so noisy that the sum of clipped gradients hardly counts: B is 0 before it, and the noise over the batch after it.</summary>
    [Fact]
    public void TheNoiseOnAdaptersOfMappedWeightsIsThatOfTheStatement()
    {
        Finetune("--task", "text-to-text", "--train", pairs, "--epsilon", "0.1", "--delta", "1e-5", "--batch-size", "20", "--steps", "1", "--learning-rate", "0.5", "--seed", "1");
        using var statement = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.File("run"), DpStatement.FileName)));
        var noise = statement.RootElement.GetProperty("noiseStandardDeviation").GetDouble();
        Assert.True(noise > 10);
        using var stored = SafetensorsFile.Open(Path.Combine(folder.File("run"), "adapter_model.safetensors"));
        using var scope = NewDisposeScope();
        var changes = cat([.. stored.Tensors.Where(tensor => tensor.Name.Contains("lora_B", StringComparison.Ordinal)).Select(tensor => stored.Read(tensor.Name).view(-1))]);
        Assert.Equal(2 * 2 * 8 * 24, changes.numel());
        Assert.InRange(changes.std().item<float>() / (0.5 * noise / 20), 0.88, 1.12); // 768 draws: one standard error is 2.6 %
        Assert.InRange(changes.mean().item<float>() / (0.5 * noise / 20), -0.15, 0.15);
    }

    [Fact]
    public void StepsMakeNoTensorOutsideAScope()
    {
        var made = new[] { "2", "5" }.Select(steps => OutsideScopes.MadeBy(() =>
        {
            Finetune("--task", "text-to-text", "--train", pairs, "--evaluation", pairs, "--epsilon", "8", "--delta", "1e-5", "--steps", steps, "--seed", "1");
            Directory.Delete(folder.File("run"), recursive: true);
        })).ToArray();
        Assert.Equal(made[0], made[1]);
    }

    [Fact]
    public async Task AnInterruptedRunGoesOnToTheSameAdapters()
    {
        string[] run = ["--task", "text-to-text", "--train", pairs, "--epsilon", "8", "--delta", "1e-5", "--steps", "60", "--seed", "1"];
        Finetune(run);
        var whole = File.ReadAllBytes(Path.Combine(folder.File("run"), "adapter_model.safetensors"));
        Directory.Delete(folder.File("run"), recursive: true);

        using var interruption = new CancellationTokenSource();
        var ledger = Path.Combine(folder.File("run"), "run", PrivacyLedger.FileName);
        var running = Task.Run(() => Invocation.Of(interruption.Token, Arguments(run)));
        while (!running.IsCompleted && !(File.Exists(ledger) && new FileInfo(ledger).Length > 2000))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await interruption.CancelAsync();
        Assert.Contains("--resume", (await running).Failure());
        Assert.False(File.Exists(Path.Combine(folder.File("run"), "adapter_model.safetensors")));
        Finetune([.. run, "--resume"]);
        Assert.Equal(whole, File.ReadAllBytes(Path.Combine(folder.File("run"), "adapter_model.safetensors")));
    }

    /// <summary>Without noise both ways of keeping weights learn the same: bfloat16 numbers are float32 numbers too.</summary>
    [Fact]
    public void TrainingDoesNotDependOnWhereTheWeightsLie()
    {
        string[] options = ["--task", "text-to-text", "--train", pairs, "--evaluation", pairs, "--method", "non-private", "--batch-size", "40", "--steps", "10", "--learning-rate", "0.01"];
        var mapped = Perplexity(Finetune(options));
        Directory.Delete(folder.File("run"), recursive: true);
        Assert.Equal(1, Perplexity(Finetune([.. options, "--weights", "loaded"])) / mapped, 1e-3);
        Assert.True(mapped < 0.9 * Perplexity(Evaluate(model, "mapped", "--max-tokens", "40")));
    }

    [Fact]
    public void AClassifierKeepsItsHeadWithTheAdapters()
    {
        var run = Finetune("--task", "text-classification", "--train", rows, "--evaluation", rows, "--labels", "no,yes", "--epsilon", "1e4", "--delta", "1e-5", "--method", "dp-adam",
            "--batch-size", "20", "--steps", "30", "--learning-rate", "0.05");
        Assert.Equal(1, run.GetProperty("metrics").GetProperty("accuracy").GetDouble());
        foreach (var storage in new[] { "mapped", "loaded" })
        {
            Assert.Equal(1, Invocation.Of("evaluate", "--model", folder.File("run"), "--weights", storage, "--task", "text-classification", "--data", rows, "--json").Json().GetProperty("metrics").GetProperty("accuracy").GetDouble());
            Assert.StartsWith("no\t", Invocation.Of("predict", "--model", folder.File("run"), "--weights", storage, "--text", "cab ba").Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatCannotBeDoneIsOneLine()
    {
        string[] task = ["--task", "text-to-text", "--train", pairs, "--epsilon", "1", "--delta", "1e-5", "--batch-size", "20"];
        Assert.Contains("needs --trainable lora", Refused([.. task, "--model", model, "--weights", "mapped", "--trainable", "full"]));
        var gpt2 = TinyWriter.Write(folder.File("gpt2"));
        Assert.Contains("is for Llama models", Refused([.. task, "--model", gpt2, "--weights", "mapped", "--trainable", "lora"]));
        Assert.Contains("is for Llama models", Invocation.Of("generate", "--model", gpt2, "--weights", "mapped", "--prompt", "ab").Complaint());

        Finetune("--task", "text-to-text", "--train", pairs, "--method", "non-private", "--batch-size", "40", "--steps", "1");
        Assert.Contains("holds adapters only", Refused([.. task, "--model", folder.File("run")]));
        Directory.Move(model, model + "-elsewhere");
        Assert.Contains("which is not there", Invocation.Of("generate", "--model", folder.File("run"), "--prompt", "ab").Complaint());
    }

    private JsonElement Finetune(params string[] options) => Invocation.Of(Arguments(options)).Json();

    private string[] Arguments(string[] options) => [
        "finetune", "--model", model, "--max-tokens", "40", "--output", folder.File("run"), "--json",
        .. options.Contains("--weights") ? options : [.. options, "--weights", "mapped"],
        .. options.Contains("--batch-size") ? Array.Empty<string>() : ["--batch-size", "20"]];

    private string Refused(string[] options) => Invocation.Of(["finetune", "--output", folder.File("refused"), .. options]).Complaint();

    private JsonElement Evaluate(string run, string storage, params string[] more)
        => Invocation.Of(["evaluate", "--model", run, "--weights", storage, "--task", "text-to-text", "--data", pairs, "--json", .. more]).Json();

    private static double Perplexity(JsonElement result) => result.GetProperty("metrics").GetProperty("perplexity").GetDouble();
}
