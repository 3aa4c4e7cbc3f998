using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Checkpoints;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Adapters;

public sealed class SoftPromptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Vectors that are those of words do what these words before the text do, to the bit: in the body's every state, with padding, and whichever way positions are counted.</summary>
    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void VectorsOfWordsAreTheseWords(string type)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        TextClassifier model = type is "bert" or "roberta" ? TestModels.Classifier(type, ScalarType.Float32) : TestDecoders.Classifier(type, ScalarType.Float32);
        var (inputs, _) = TestModels.Batch(type);
        inputs = inputs with { TokenTypeIds = null };
        long[] words = [7, 3, 25];
        var written = TestModels.AfterPrompt(inputs, 0, 3);
        written = written with { InputIds = cat([tensor(words).expand(5, 3), inputs.InputIds], 1) };
        var expected = model.call(written);

        SoftPrompt.Attach(model, model.Config, 3, openingId: 7, seed: 1);
        var vectors = model.named_parameters().Single(entry => SoftPrompt.Owns(entry.name)).parameter;
        var table = model.named_parameters().Single(entry => entry.name.EndsWith("word_embeddings.weight", StringComparison.Ordinal) || entry.name.EndsWith("wte.weight", StringComparison.Ordinal)
            || entry.name.EndsWith("embed_tokens.weight", StringComparison.Ordinal)).parameter;
        Assert.Equal(table[7].data<float>().ToArray(), vectors[0].data<float>().ToArray());
        vectors.copy_(table.index_select(0, tensor(words)));
        Assert.Equal(expected.data<float>().ToArray(), model.call(TestModels.AfterPrompt(inputs, model.Config.VocabSize, 3)).data<float>().ToArray());
        Assert.Equal(model.call(inputs with { InputIds = inputs.InputIds.clone() }).data<float>().ToArray(), model.call(inputs).data<float>().ToArray());
        Assert.DoesNotContain(ModelFolder.NamedTensors(model).Keys, SoftPrompt.Owns);
    }

    [Fact]
    public void APromptIsReadAsItWasSaved()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("roberta", ScalarType.Float32);
        Assert.Null(SoftPrompt.Read(folder.Path, model, model.Config));
        var prompt = SoftPrompt.Attach(model, model.Config, 4, openingId: 2, seed: 5);
        Assert.Equal([30, 31, 32, 33], prompt.Ids);
        prompt.Save(folder.Path, model);
        using (var stored = WeightFiles.OpenFile(folder.File(SoftPrompt.FolderName, "adapter_model.safetensors")))
            Assert.Equal([4, 12], Assert.Single(stored.Tensors).Shape);

        var again = TestModels.Classifier("roberta", ScalarType.Float32);
        Assert.Equal(prompt.Ids, SoftPrompt.Read(folder.Path, again, again.Config)!.Ids);
        Assert.Equal(Vectors(model), Vectors(again));

        var config = folder.File(SoftPrompt.FolderName, "adapter_config.json");
        foreach (var (key, other) in new[] { ("PROMPT_TUNING", "PREFIX_TUNING"), ("\"token_dim\": 12", "\"token_dim\": 13"), ("\"num_virtual_tokens\": 4", "\"num_virtual_tokens\": 5"), ("\"num_virtual_tokens\": 4", "\"num_virtual_tokens\": 4000") })
        {
            var whole = File.ReadAllText(config);
            File.WriteAllText(config, whole.Replace(key, other, StringComparison.Ordinal));
            var third = TestModels.Classifier("roberta", ScalarType.Float32);
            Assert.Throws<BadInputException>(() => SoftPrompt.Read(folder.Path, third, third.Config));
            File.WriteAllText(config, whole);
        }

        static float[] Vectors(nn.Module model) => model.named_parameters().Single(entry => SoftPrompt.Owns(entry.name)).parameter.detach().data<float>().ToArray();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void APromptThatLeavesNoRoomIsRefused(int length)
    {
        using var model = TestDecoders.Classifier("gpt2");
        Assert.Contains("does not fit", Assert.Throws<BadInputException>(() => SoftPrompt.Attach(model, model.Config, length, null, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => TrainableParameters.Select(model, TrainableSet.Prompt));
    }
}
