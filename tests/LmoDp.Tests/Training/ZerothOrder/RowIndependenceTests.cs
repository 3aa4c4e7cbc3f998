using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Prompts;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Runs;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.ZerothOrder;

/// <summary>
/// The losses of examples have the same bits in whatever company they are computed, whatever is trained; also where widths are no multiples of a processor's vectors, so that kernels may end otherwise than they
/// begin and the row may matter, where texts repeat, and where several threads share a batch out. The number of threads is one for a whole process, so several are used in a process of its own.
/// </summary>
public class RowIndependenceTests
{
    private const string ChildVariable = "LMODP_TESTS_ROW_INDEPENDENCE";

    [Theory]
    [InlineData("full")]
    [InlineData("full odd")]
    [InlineData("lora")]
    [InlineData("head")]
    [InlineData("head odd")]
    [InlineData("prompt")]
    [InlineData("full prompted")]
    [InlineData("head prompted")]
    [InlineData("full writing")]
    public void AnExamplesLossDoesNotDependOnTheOthersInItsBatch(string kind) => Check(kind);

    [Theory]
    [InlineData("full", 2)]
    [InlineData("full odd", 3)]
    [InlineData("head prompted", 3)]
    [InlineData("full odd", 4)]
    public void NorDoesItWithSeveralThreads(string kind, int threads)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "LmoDp.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""))) { RedirectStandardError = true };
        start.Environment[ChildVariable] = FormattableString.Invariant($"{threads} {kind}");
        start.Environment["OMP_NUM_THREADS"] = start.Environment["MKL_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_WAIT_POLICY"] = "passive"; // on a busy machine threads that spin wait for each other's turn
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, errors);
    }

    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable)?.Split(' ', 2) is not [var threads, var kind])
            return;
        set_num_threads(int.Parse(threads, CultureInfo.InvariantCulture));
        Assert.Equal(int.Parse(threads, CultureInfo.InvariantCulture), get_num_threads());
        Check(kind);
        Environment.Exit(0);
    }

    /// <param name="kind">What is trained, of which model: one of odd widths, a prompted one, or one that writes; else the embedded classifier.</param>
    private static void Check(string kind)
    {
        using var folder = new TemporaryFolder();
        var (set, odd, random) = (Enum.Parse<TrainableSet>(kind.Split(' ')[0], ignoreCase: true), kind.EndsWith("odd", StringComparison.Ordinal), new Random(3));
        if (odd)
            WriteOddModel(folder.Path);
        string[] words = odd ? ["ab", "abc", "cab", "ba"] : ["a", "fine", "film", "that", "bores", "its", "public", "to", "tears", "unless", "one", "sleeps"];
        string Text() => string.Join(' ', Enumerable.Range(0, 1 + random.Next(odd ? 4 : 30)).Select(_ => words[random.Next(words.Length)]));
        var writing = kind.EndsWith("writing", StringComparison.Ordinal);
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 240).Select(i => $"{Text()},{(writing ? Text() : i % 2 == 0 ? "negative" : "positive")}\n")));
        TaskFiles files = writing
            ? new GenerationFiles(GenerationTask.Custom("text", "label", null), null, rows, null)
            : new ClassificationFiles(ClassificationTask.Custom("text", null, "label", ["negative", "positive"], null), null, rows, null,
                kind.EndsWith("prompted", StringComparison.Ordinal) ? new ClassificationPrompt("{text} it was {mask}.", ["bad", "good"]) : null);
        using var trained = new TrainedModel(files, odd ? folder.Path : null, odd ? 30 : 80, set, 8, 16, 4, WeightStorage.Memory);
        var data = trained.Model.Read(null);
        using var objective = trained.Model.Objective(set, TestContext.Current?.CancellationToken ?? default);
        var whole = Losses(Enumerable.Range(0, data.Count));
        Assert.Equal(data.Count, whole.Count);
        for (var round = 0; round < 3; round++)
        {
            var some = Losses(Enumerable.Range(0, data.Count).Where(_ => random.Next(3) > 0));
            Assert.InRange(some.Count, 100, 220);
            Assert.All(some, entry => Assert.Equal(whole[entry.Key], entry.Value));
        }

        Dictionary<int, float> Losses(IEnumerable<int> examples)
        {
            using var noGrad = no_grad();
            var losses = new Dictionary<int, float>();
            foreach (var batch in MicroBatches.OfOneShape(examples, objective.Shape, objective.Row))
            {
                var found = objective.Losses(batch.Rows(), batch.Shape).data<float>().ToArray();
                Assert.Equal(batch.Shape.Rows, found.Length);
                foreach (var (row, example) in batch.Placed)
                    losses.Add(example, found[row]);
            }
            return losses;
        }
    }

    private static void WriteOddModel(string folder)
    {
        TinyTokenizers.WriteRoberta(folder);
        using var classifier = TestModels.Randomised(new SequenceClassifier(new EncoderConfig
        {
            ModelType = "roberta",
            VocabSize = 280,
            HiddenSize = 36,
            NumHiddenLayers = 5,
            NumAttentionHeads = 2,
            IntermediateSize = 37,
            MaxPositionEmbeddings = 40,
            PadTokenId = 1,
            HiddenAct = "gelu_new",
        }), ScalarType.Float32);
        ClassifierCheckpoint.Save(folder, classifier, TextTokenizer.Load(folder));
    }
}
