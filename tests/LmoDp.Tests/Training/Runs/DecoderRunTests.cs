using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Models.Tokenizers;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Runs;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Runs;

/// <summary>Language models of decoders are fine-tuned to classifiers by the same runs as encoders.</summary>
public sealed class DecoderRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("llama", TrainableSet.Lora)]
    [InlineData("llama", TrainableSet.Head)]
    [InlineData("gpt2", TrainableSet.Full)]
    public void APrivateRunLeavesAClassifierThatHasLearned(string kind, TrainableSet trainable)
    {
        var run = TinyRun.Create(folder.Path);
        var model = Directory.CreateDirectory(folder.File("decoder")).FullName;
        if (kind == "llama")
            SentencePieceFile.Tiny("\u2581ab", "\u2581abc", "\u2581cab", "\u2581ba", "ab", "ba", "\u2581", "a", "b", "c").Write(Path.Combine(model, "tokenizer.model"));
        else
            TinyTokenizers.WriteGpt2(model);
        var tokenizer = TextTokenizer.Load(model);
        var config = TestDecoders.Config(kind) with { VocabSize = tokenizer.VocabSize, HiddenSize = 8, NumHiddenLayers = 1, MaxPositionEmbeddings = 40, PadTokenId = null };
        using (var languageModel = TestModels.Randomised(new CausalLanguageModel(config), ScalarType.Float32))
            DecoderCheckpoint.Save(model, languageModel, tokenizer);

        var result = run.Execute(run.Settings("out", seed: 1, trainable: trainable) with { Model = model, Target = new(1e6, 1e-5, "gaussian:std=0.1"), LearningRate = 0.05 });

        Assert.InRange(result.Record.Metrics["accuracy"], 0.9, 1);
        using var trained = ClassifierCheckpoint.Load(run.Output("out"));
        Assert.IsType<DecoderClassifier>(trained);
        Assert.Equal(["no", "yes"], trained.Config.Labels);
        Assert.NotNull(DecoderCheckpoint.ReadConfig(run.Output("out")).PadTokenId);
        using var loaded = LoadedClassifier.FineTuned(run.Output("out"));
        Assert.Equal(tokenizer.Encode("cab ba"), loaded.Tokenizer.Encode("cab ba"));
    }
}
