using System.Globalization;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>However long a command works, it makes no more tensors outside scopes (<see cref="OutsideScopes"/>).</summary>
public sealed class TensorLifetimesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private int runs;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("masked")]
    [InlineData("causal")]
    public void Pretraining(string objective)
    {
        var text = folder.Write("text.txt", string.Join("\n\n", Enumerable.Range(0, 250).Select(i => string.Concat(Enumerable.Repeat($"A plain line of text, number {i}. ", 40)))));
        Same(2, 5, steps => ["pretrain", "--text", text, "--objective", objective, "--steps", steps, "--tokens-per-batch", "512", "--vocabulary", "320", "--hidden-size", "16", "--layers", "1",
            "--heads", "2", "--output", Fresh()]);
    }

    [Fact]
    public void Writing()
    {
        var model = TinyWriter.Write(folder.File("writer"));
        foreach (var beams in new[] { "1", "3" })
            Same(3, 15, tokens => ["generate", "--model", model, "--prompt", "ab", "--max-new-tokens", tokens, "--beams", beams]);
    }

    [Fact]
    public void Evaluation()
    {
        var model = TinyClassifier.Write(folder.File("classifier"), "no", "yes");
        Same(10, 300, rows => ["predict", "--model", model, "--file", folder.Write("texts.txt", string.Concat(Enumerable.Repeat("a good film\n", int.Parse(rows, CultureInfo.InvariantCulture))))]);
        var writer = TinyWriter.Write(folder.File("writer"));
        Same(4, 90, rows => ["evaluate", "--model", writer, "--task", "text-to-text", "--max-tokens", "40",
            "--data", folder.Write("pairs.csv", "source,target\n" + string.Concat(Enumerable.Repeat("ab ab,abc\n", int.Parse(rows, CultureInfo.InvariantCulture))))]);
    }

    [Theory]
    [InlineData("dp-sgd", "gradient", "gaussian:std=1")]
    [InlineData("dp-adam", "text", "gaussian:std=1")]
    [InlineData("zeroth-order", "text", "laplace:scale=1")]
    public void Audits(string method, string canary, string noise)
    {
        var tiny = TinyRun.Create(folder.Path);
        Same(2, 6, steps => ["audit", "training", "--task", "text-classification", "--train", tiny.TrainFile, "--labels", "no,yes", "--model", tiny.Model, "--max-tokens", "30", "--batch-size", "30",
            "--steps", steps, "--noise", noise, "--epsilon", "1e6", "--seed", "1", "--trainable", "full", "--method", method, "--canary", canary, "--canaries", "20"]);
    }

    private void Same(int little, int much, Func<string, string[]> arguments)
        => Assert.Equal(Made(arguments(little.ToString(CultureInfo.InvariantCulture))), Made(arguments(much.ToString(CultureInfo.InvariantCulture))));

    private static long Made(string[] arguments) => OutsideScopes.MadeBy(() =>
    {
        var invocation = Invocation.Of(arguments);
        Assert.True(invocation.ExitCode == 0, invocation.Error);
    });

    private string Fresh() => folder.File("out" + (++runs).ToString(CultureInfo.InvariantCulture));
}
