using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models;
using LmoDp.Training.Data;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Data;

public sealed class PromptLayoutTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TextTokenizer tokenizer;

    public PromptLayoutTests()
    {
        TinyTokenizers.WriteGpt2(folder.Path);
        tokenizer = TextTokenizer.Load(folder.Path);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void SourceSeparatorTargetEnd()
    {
        var layout = new PromptLayout(tokenizer, 40);
        var end = layout.EndId;
        var pair = layout.Encode("abc", "cab ba");
        Assert.Equal([.. tokenizer.Encode("abc"), end, .. tokenizer.Encode(" cab ba"), end], pair.Ids);
        Assert.Equal(tokenizer.Encode("abc").Count + 1, pair.Start);
        Assert.Equal(layout.Prompt("abc", 10), pair.Ids[..pair.Start]);
        Assert.Equal("cab ba", layout.Text(pair.Ids[pair.Start..]));
    }

    [Fact]
    public void AnEmptyTargetIsItsEnd() => Assert.Equal(1, new PromptLayout(tokenizer, 40).Encode("abc", "").Targets);

    [Fact]
    public void ALlamaTextIsOpened()
    {
        var llama = TextTokenizer.Load(SharedData.Require("data", "tokenizers", "llama2"));
        var pair = new PromptLayout(llama, 40).Encode("name", "The Eagle");
        Assert.Equal([llama.BosId!.Value, .. llama.Encode("name"), llama.BosId.Value, .. llama.Encode("The Eagle"), llama.EosId!.Value], pair.Ids);
    }

    [Theory]
    [InlineData(30, 3)]
    [InlineData(3, 30)]
    [InlineData(30, 30)]
    [InlineData(3, 3)]
    [InlineData(0, 19)]
    public void WhatIsTooLongIsCutTheSourceFirst(int source, int target)
    {
        const int Most = 20;
        var layout = new PromptLayout(tokenizer, Most);
        var pair = layout.Encode(new string('x', source), string.Concat(Enumerable.Repeat(" y", target)).TrimStart());
        var (given, written) = (pair.Start - 1, pair.Targets);
        Assert.InRange(pair.Ids.Length, 1, Most);
        Assert.Equal(layout.EndId, pair.Ids[pair.Start - 1]);
        var full = tokenizer.Encode(" " + string.Concat(Enumerable.Repeat(" y", target)).TrimStart()).Count + 1;
        Assert.Equal(written == full, pair.Ids[^1] == layout.EndId); // a target that is cut has no end
        if (written < full)
            Assert.True(written >= (Most - 1) / 2);
        if (given < source || written < full)
            Assert.Equal(Most, pair.Ids.Length);
    }

    [Fact]
    public void APromptLeavesRoomForWhatIsWritten()
    {
        Assert.Equal(12, new PromptLayout(tokenizer, 20).Prompt(new string('x', 50), 8).Count);
        Assert.Equal(12, new PromptLayout(tokenizer, 20).Beginning(new string('x', 50), 8).Count);
    }

    [Fact]
    public void BatchesSayWhereWhatIsToBePredicted()
    {
        using var scope = NewDisposeScope();
        var data = new GenerationDataset("test", [[new SourceTarget("ab", "abc ab", null)], [new SourceTarget("abc abc abc", "b", null)]]);
        var pairs = new EncodedPairs(data, new PromptLayout(tokenizer, 40));
        var batch = pairs.Batch([1, 0], CPU);
        for (var row = 0; row < 2; row++)
        {
            var pair = pairs[1 - row];
            Assert.Equal(pair.Ids.Select(id => (long)id), batch.Inputs.InputIds[row].data<long>().ToArray()[..pair.Ids.Length]);
            var positions = batch.Positions[row].data<long>().ToArray();
            var weights = batch.Weights[row].data<float>().ToArray();
            Assert.Equal(1, weights.Sum(), 1e-6);
            Assert.Equal(pair.Targets, weights.Count(weight => weight > 0));
            for (var i = 0; i < pair.Targets; i++)
            {
                Assert.Equal(pair.Start + i - 1, positions[i]);
                Assert.Equal(pair.Ids[pair.Start + i], batch.Targets[row][i].item<long>());
            }
        }
    }

    [Fact]
    public void AnEncodersTokenizerIsRefused()
    {
        using var other = new TemporaryFolder();
        TinyTokenizers.WriteRoberta(other.Path);
        Assert.Contains("not one that writes", Assert.Throws<BadInputException>(() => new PromptLayout(TextTokenizer.Load(other.Path), 40)).Message, StringComparison.Ordinal);
    }
}
