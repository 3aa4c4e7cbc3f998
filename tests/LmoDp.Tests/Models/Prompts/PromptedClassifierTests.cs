using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using LmoDp.Models.Prompts;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Prompts;

public sealed class PromptedClassifierTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Parts are encoded one by one, so that only texts are cut; together they are what the whole sentence is.</summary>
    [Theory]
    [InlineData("{text} it was {mask}.", "a fine, quiet film", null)]
    [InlineData("review: {text} it was {mask} indeed.", "1234 films", null)]
    [InlineData("{mask}! {text}", "so it goes", null)]
    [InlineData("{text}? {mask}, {pair}", "is it so", "it is not")]
    public void ATextInItsPromptHasTheTokensOfTheWholeSentence(string template, string text, string? pair)
    {
        var tokenizer = EncoderTokenizer.Load(EmbeddedModel.Folder);
        var whole = template.Replace("{text}", text, StringComparison.Ordinal).Replace("{pair}", pair, StringComparison.Ordinal).Replace("{mask}", "<mask>", StringComparison.Ordinal);
        var encoded = new PromptEncoder(new ClassificationPrompt(template, ["bad", "good"]), tokenizer).Encode(text, pair, 64);
        Assert.Equal([tokenizer.ClsId, .. tokenizer.Encode(whole), tokenizer.SepId], encoded.Ids);
        Assert.Equal(encoded.Ids.Count, encoded.TokenTypes.Count);
    }

    [Fact]
    public void WhatIsTooLongIsCutInTheTextsAndTheGapIsTheOnlyMask()
    {
        var tokenizer = EncoderTokenizer.Load(EmbeddedModel.Folder);
        var prompt = new PromptEncoder(new ClassificationPrompt("{text} it was {mask}.", ["bad", "good"]), tokenizer);
        var text = string.Join(' ', Enumerable.Repeat("film <mask>", 50));
        var encoded = prompt.Encode(text, null, 16).Ids;
        Assert.Equal(16, encoded.Count);
        Assert.Equal(tokenizer.Encode(" it was<mask>."), encoded.Skip(11).Take(4));
        Assert.Single(encoded, id => id == tokenizer.MaskId);
        Assert.Equal(tokenizer.Encode("film")[0], encoded[1]);

        var pairs = new PromptEncoder(new ClassificationPrompt("{text} {mask} {pair}", ["bad", "good"]), tokenizer).Encode("film film", text, 12).Ids;
        Assert.Equal(12, pairs.Count);
        Assert.Equal(tokenizer.MaskId, pairs[3]);
        Assert.Throws<BadInputException>(() => prompt.Encode(text, null, 6));
        Assert.Contains("pairs", Assert.Throws<BadInputException>(() => prompt.Encode(text, "pair", 60)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("must have", "it was {mask}.", "bad", "good")]
    [InlineData("must have", "{text} it was.", "bad", "good")]
    [InlineData("must have", "{text} {text} {mask}", "bad", "good")]
    [InlineData("{words}", "{text} {mask} {words}", "bad", "good")]
    [InlineData("word of its own", "{text} {mask}", "bad")]
    [InlineData("word of its own", "{text} {mask}", "bad", " bad")]
    [InlineData("word of its own", "{text} {mask}", "bad", "")]
    [InlineData("'unputdownable' is not one token", "{text} {mask}", "bad", "unputdownable")]
    [InlineData("same token", "{text} {mask}", "bad", "Bad")]
    [InlineData("spells out a special token", "<mask> {text} it was {mask}.", "bad", "good")]
    [InlineData("spells out a special token", "{text} </s> {mask}.", "bad", "good")]
    [InlineData("spells out a special token", "{text} {mask}", "bad", "<mask>")]
    public void APromptThatCannotBeIsOneLine(string complaint, string template, params string[] words)
        => Assert.Contains(complaint, Assert.Throws<BadInputException>(() => new PromptEncoder(new ClassificationPrompt(template, words), EncoderTokenizer.Load(EmbeddedModel.Folder))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("roberta", false)]
    [InlineData("roberta", true)]
    [InlineData("bert", false)]
    public void ItsScoresAreThoseOfTheWordsAtTheGap(string type, bool graded)
    {
        var (prompted, masked, inputs, gaps) = Model(type, ScalarType.Float32);
        using (prompted)
        using (masked)
        using (set_grad_enabled(graded))
        {
            var logits = prompted.call(inputs);
            var all = masked.call(inputs);
            Assert.Equal([5, 3], logits.shape);
            for (var row = 0; row < 5; row++)
            {
                for (var label = 0; label < 3; label++)
                    Assert.Equal(all[row, gaps[row], prompted.Prompt.WordIds[label]].item<float>(), logits[row, label].item<float>(), 1e-5);
            }
            Assert.Equal(masked.named_parameters().Select(entry => entry.name), prompted.named_parameters().Select(entry => entry.name));
        }
    }

    [Theory]
    [InlineData("roberta", TrainableSet.Full)]
    [InlineData("roberta", TrainableSet.Bias)]
    [InlineData("roberta", TrainableSet.Head)]
    [InlineData("roberta", TrainableSet.Lora)]
    [InlineData("bert", TrainableSet.Full)]
    [InlineData("bert", TrainableSet.Head)]
    public void ItsClippedGradientsAreTheExplicitOnes(string type, TrainableSet set)
    {
        using var scope = NewDisposeScope();
        var (model, _, inputs, _) = Model(type, ScalarType.Float64);
        if (set == TrainableSet.Lora)
            TestModels.Randomise(LoraAdapters.Attach(model, new LoraConfig { Rank = 2 }, seed: 9));
        var trainable = TrainableParameters.Select(model, set);
        var labels = tensor(new long[] { 0, 1, 2, 1, 0 });
        var expected = ExplicitClipping.Run(trainable, 5, i => nn.functional.cross_entropy(model.call(TestModels.Slice(inputs, i, 1)), labels.narrow(0, i, 1)));

        using var clipping = new PerExampleClipping(model, trainable, new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(5, () => nn.functional.cross_entropy(model.call(inputs), labels, reduction: nn.Reduction.None));
        Assert.Equal(2, batch.Factors.Count(factor => factor < 1));
        Assert.InRange(expected.Error(batch, clipping.Sums), 0, 1e-7);
        if (set == TrainableSet.Head)
            Assert.DoesNotContain(trainable, entry => entry.Name.Contains("embeddings", StringComparison.Ordinal) || entry.Name.Contains("encoder", StringComparison.Ordinal));
    }

    [Fact]
    public void ItIsSavedWithItsPromptAndComesBack()
    {
        var prompt = new ClassificationPrompt("{text} it was {mask}.", ["terrible", "great"]);
        using var model = PromptedClassifier.Load(EmbeddedModel.Folder, prompt, ["no", "yes"]);
        ClassifierCheckpoint.Save(folder.Path, model, TextTokenizer.Load(EmbeddedModel.Folder));
        using var again = Assert.IsType<PromptedClassifier>(ClassifierCheckpoint.Load(folder.Path));
        Assert.Equal(["no", "yes"], again.Config.Labels);
        Assert.Equal(prompt.Template, again.Prompt.Prompt.Template);
        Assert.Equal(prompt.Words, again.Prompt.Prompt.Words);
        Assert.Equal(["RobertaForMaskedLM"], EncoderCheckpoint.ReadConfig(folder.Path).Architectures);
        using var masked = EncoderCheckpoint.LoadMaskedLanguageModel(folder.Path);
        foreach (var (one, other) in masked.parameters().Zip(model.parameters()))
            Assert.True(one.equal(other).all().item<bool>());

        Assert.Contains("2 words", Assert.Throws<BadInputException>(() => PromptedClassifier.Load(EmbeddedModel.Folder, prompt, ["a", "b", "c"])).Message, StringComparison.Ordinal);
        Assert.Contains("masked language model", Assert.Throws<BadInputException>(() => PromptedClassifier.Load(EmbeddedModel.WriterFolder, prompt, ["a", "b"])).Message, StringComparison.Ordinal);
        folder.Write(ClassificationPrompt.FileName, "{\"template\": 3}");
        Assert.Contains("is no prompt", Assert.Throws<BadInputException>(() => ClassifierCheckpoint.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>A random model with a gap at some place of each text of <see cref="TestModels.Batch"/>, and the masked language model with the same numbers.</summary>
    private (PromptedClassifier Prompted, MaskedLanguageModel Masked, TokenBatch Inputs, int[] Gaps) Model(string type, ScalarType dtype)
    {
        if (type == "roberta")
            TinyTokenizers.WriteRoberta(folder.Path);
        else
            TinyTokenizers.WriteBert(folder.Path);
        var tokenizer = EncoderTokenizer.Load(folder.Path);
        var prompt = new PromptEncoder(new ClassificationPrompt("{mask} {text}", ["a", "b", type == "roberta" ? "ab" : "abc"]), tokenizer);
        var config = new EncoderConfig
        {
            ModelType = type,
            VocabSize = 300,
            HiddenSize = 12,
            NumHiddenLayers = 2,
            NumAttentionHeads = 3,
            IntermediateSize = 20,
            MaxPositionEmbeddings = 16,
            TypeVocabSize = 2,
            PadTokenId = tokenizer.PadId,
        };
        var prompted = TestModels.Randomised(new PromptedClassifier(new MaskedLanguageModel(config), prompt, ["x", "y", "z"]), dtype);
        var masked = TestModels.Randomised(new MaskedLanguageModel(config), dtype);
        var (inputs, _) = TestModels.Batch(type);
        int[] gaps = [3, 1, 6, 10, 0];
        for (var row = 0; row < gaps.Length; row++)
        {
            for (var t = 0; t < 11; t++)
            {
                if (inputs.InputIds[row, t].item<long>() == tokenizer.MaskId)
                    inputs.InputIds[row, t] = 20;
            }
            inputs.InputIds[row, gaps[row]] = tokenizer.MaskId;
        }
        return (prompted, masked, inputs, gaps);
    }
}
