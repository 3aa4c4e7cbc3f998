using System.Globalization;
using System.Text.Json;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Encoders;
using LmoDp.Training.Pretraining;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Cli;

public sealed class PretrainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string text;
    private readonly string[] tiny = Tiny(layers: 1);

    public PretrainTests() => text = folder.Write("reviews.txt", string.Join("\n\n", Enumerable.Range(0, 200).Select(Review)));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FreshWeightsThenOnWithRatings()
    {
        var first = Pretrain("first", tiny);
        Assert.Equal(3 * 512, first.GetProperty("tokens").GetInt32());
        Assert.False(first.GetProperty("losses").TryGetProperty("toneLoss", out _));
        Assert.StartsWith("3,1536,", Assert.Single(File.ReadLines(Path.Combine(folder.File("first"), "loss.csv")).Skip(1)), StringComparison.Ordinal); // a short run is measured at its end only
        Assert.Superset(new HashSet<string>(["config.json", "loss.csv", "model.safetensors", "run", "vocab.json"]), Names("first").ToHashSet());
        Assert.DoesNotContain("result", Names(Path.Combine("first", "run")));
        Assert.Contains("has ended", Invocation.Of(["pretrain", "--text", text, "--output", folder.File("first"), "--resume", .. tiny]).Complaint());

        var second = Pretrain("second", ["--model", folder.File("first"), "--ratings", "--steps", "600", "--tokens-per-batch", "1024", "--learning-rate", "0.005", "--json"]);
        Assert.InRange(second.GetProperty("losses").GetProperty("toneLoss").GetDouble(), 0, 0.6); // a guess has 0.693
        Assert.True(second.GetProperty("losses").GetProperty("maskedLoss").GetDouble() < first.GetProperty("losses").GetProperty("maskedLoss").GetDouble());

        Assert.Equal(["168", "324", "480", "600"], File.ReadLines(Path.Combine(folder.File("second"), "loss.csv")).Skip(1).Select(line => line.Split(',')[0]));

        // The head that was trained along is where a classifier finds it.
        using var classifier = EncoderCheckpoint.LoadForClassification(folder.File("second"), ["no", "yes"], 1, out var loaded);
        Assert.Equal(["classifier.out_proj.weight", "classifier.out_proj.bias"], loaded.Fresh);

        // And a further run goes on with it: so small a rate changes nothing.
        Pretrain("third", ["--model", folder.File("second"), "--ratings", "--steps", "1", "--tokens-per-batch", "512", "--learning-rate", "1e-30", "--json"]);
        Assert.Equal(Stored("second", "classifier.dense.weight"), Stored("third", "classifier.dense.weight"));
    }

    [Fact]
    public void RatingsThatAreNotThereAreMissed()
    {
        var plain = folder.Write("plain.txt", string.Join("\n\n", Enumerable.Range(0, 200).Select(i => $"this text number {i} says nothing of the kind")));
        Assert.Contains("ratings", Invocation.Of(["pretrain", "--text", plain, "--ratings", "--output", folder.File("out"), .. tiny]).Complaint());
    }

    /// <summary>16 batches a measurement: at most a tenth of what is learned from, and a twentieth of the run.</summary>
    [Theory]
    [InlineData(1, 160)]
    [InlineData(3200, 160)]
    [InlineData(3201, 161)]
    [InlineData(10_000, 500)]
    public void MeasuringCostsLittle(int steps, int every) => Assert.Equal(every, PretrainingRun.MeasureEvery(steps));

    [Theory]
    [InlineData(".", "is a folder: name the files in it")]
    [InlineData("nowhere.txt", "there is no file")]
    public void TextThatIsNoFileIsOneLine(string name, string complaint)
    {
        Assert.Contains(complaint, Invocation.Of(["pretrain", "--text", text, folder.File(name), "--output", folder.File("out"), .. tiny]).Complaint());
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void TextInAnotherEncodingIsRefused()
    {
        var latin = folder.File("latin.txt");
        File.WriteAllBytes(latin, [.. "caf"u8, 0xE9, .. "\n\n"u8]);
        Assert.Contains("not UTF-8", Invocation.Of(["pretrain", "--text", text, latin, "--output", folder.File("out"), .. tiny]).Complaint());
    }

    /// <summary>Before any step, not when the loss on held-out text is measured at the end.</summary>
    [Fact]
    public void TextTooShortForACausalModelIsRefused()
    {
        var invocation = Invocation.Of(["pretrain", "--objective", "causal", "--text", folder.Write("short.txt", string.Join("\n\n", Enumerable.Range(0, 200).Select(i => $"a line, number {i}"))),
            "--output", folder.File("out"), .. tiny]);
        Assert.Contains("held out", invocation.Complaint());
        Assert.DoesNotContain("step", invocation.Error);

        // With more text the same command works, and nothing of the short text's vocabulary is left.
        var longer = LongText();
        foreach (var output in new[] { "out", "fresh" })
            Assert.Equal(0, Invocation.Of(["pretrain", "--objective", "causal", "--text", longer, "--output", folder.File(output), .. tiny]).ExitCode);
        Assert.Equal(File.ReadAllText(folder.File("fresh", "merges.txt")), File.ReadAllText(folder.File("out", "merges.txt")));
    }

    [Fact]
    public void SizesAreForFreshWeights()
        => Assert.Contains("--hidden-size", Invocation.Of("pretrain", "--text", text, "--model", folder.Path, "--hidden-size", "16", "--output", folder.File("out")).Complaint());

    /// <summary>With so small a rate the steps change nothing, so that what is saved is what training started from.</summary>
    [Theory]
    [InlineData("masked", "roberta.encoder.layer.{0}.attention.self.query.weight", "lm_head.dense.weight")]
    [InlineData("causal", "transformer.h.{0}.attn.c_attn.weight", "transformer.wpe.weight")]
    public void AModelGrowsByCopiesOfItsLayers(string objective, string layer, string outside)
    {
        var longer = LongText();
        Pretrain(longer, "small", [.. Tiny(layers: 2), "--objective", objective]);
        Pretrain(longer, "deep", ["--objective", objective, "--model", folder.File("small"), "--layers", "6", "--steps", "1", "--tokens-per-batch", "512", "--learning-rate", "1e-30", "--json"]);
        for (var i = 0; i < 6; i++)
            Same(string.Format(CultureInfo.InvariantCulture, layer, i % 2), string.Format(CultureInfo.InvariantCulture, layer, i));
        Same(outside, outside);
        using var deep = WeightFiles.Open(folder.File("deep"));
        Assert.DoesNotContain(deep.Tensors, tensor => tensor.Name == string.Format(CultureInfo.InvariantCulture, layer, 6));

        Assert.Contains("whole copies", Invocation.Of(["pretrain", "--text", text, "--objective", objective, "--model", folder.File("small"), "--layers", "3", "--output", folder.File("no")]).Complaint());
        Assert.False(Directory.Exists(folder.File("no")));

        void Same(string before, string after) => Assert.Equal(Stored("small", before), Stored("deep", after));
    }

    [Fact]
    public void AModelTooShortForTheSpansIsRefused()
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        Assert.Contains("tokens", Invocation.Of("pretrain", "--text", text, "--model", model, "--output", folder.File("out")).Complaint());
    }

    private float[] Stored(string output, string name)
    {
        using var weights = WeightFiles.Open(folder.File(output));
        using var tensor = weights.Read(name).to(ScalarType.Float32);
        return tensor.data<float>().ToArray();
    }

    private static string[] Tiny(int layers) =>
        ["--steps", "3", "--tokens-per-batch", "512", "--vocabulary", "320", "--hidden-size", "16", "--layers", FormattableString.Invariant($"{layers}"), "--heads", "2", "--json"];

    private string LongText() => folder.Write("longer.txt", string.Join("\n\n", Enumerable.Range(0, 250).Select(i => string.Concat(Enumerable.Repeat($"words of text number {i}. ", 60)))));

    private JsonElement Pretrain(string output, string[] options) => Pretrain(text, output, options);

    private JsonElement Pretrain(string from, string output, string[] options) => Invocation.Of(["pretrain", "--text", from, "--output", folder.File(output), .. options]).Json();

    private IEnumerable<string> Names(string inside) => Directory.EnumerateFileSystemEntries(folder.File(inside)).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal);

    private static string Review(int number)
    {
        string[] film = ["plot", "cast", "music", "ending", "camera", "script", "hero", "dialogue"];
        var good = number % 2 == 0;
        var sentences = Enumerable.Range(0, 8).Select(i => $"the {film[(number + i) % 8]} is {(good ? "great and lovely" : "awful and dull")} .");
        return string.Join(" ", sentences) + (number % 3 == 0 ? $" {(good ? 9 : 2)}/10" : "");
    }
}
