using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using LmoDp.Models;
using LmoDp.Models.Encoders;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using LmoDp.Training.Runs;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.ZerothOrder;

/// <summary>
/// The losses of examples have the same bits in whatever company they are computed; also where widths are no multiples of a processor's vectors, so that kernels may end otherwise than they begin and
/// the row may matter, where texts repeat, and where several threads share a batch out. The number of threads is one for a whole process, so several are used in a process of its own.
/// </summary>
public class RowIndependenceTests
{
    private const string ChildVariable = "LMODP_TESTS_ROW_INDEPENDENCE";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnExamplesLossDoesNotDependOnTheOthersInItsBatch(bool oddWidths) => Check(oddWidths);

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    public void NorDoesItWithSeveralThreads(bool oddWidths, int threads)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "LmoDp.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""))) { RedirectStandardError = true };
        start.Environment[ChildVariable] = FormattableString.Invariant($"{oddWidths} {threads}");
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
        if (Environment.GetEnvironmentVariable(ChildVariable)?.Split(' ') is not [var oddWidths, var threads])
            return;
        set_num_threads(int.Parse(threads, CultureInfo.InvariantCulture));
        Assert.Equal(int.Parse(threads, CultureInfo.InvariantCulture), get_num_threads());
        Check(bool.Parse(oddWidths));
        Environment.Exit(0);
    }

    private static void Check(bool oddWidths)
    {
        using var folder = new TemporaryFolder();
        if (oddWidths)
            WriteOddModel(folder.Path);
        using var model = LoadedClassifier.ForTraining(oddWidths ? folder.Path : EmbeddedModel.Folder, ["negative", "positive"]);
        var random = new Random(3);
        string[] words = oddWidths ? ["ab", "abc", "cab", "ba"] : ["a", "fine", "film", "that", "bores", "its", "public", "to", "tears", "unless", "one", "sleeps"];
        var data = new TextDataset("texts", [.. Enumerable.Range(0, 240).Select(i
            => new TextExample(string.Join(' ', Enumerable.Range(0, 1 + random.Next(oddWidths ? 4 : 30)).Select(_ => words[random.Next(words.Length)])), null, i % 2, null))]);
        using var objective = new ClassificationObjective(model.Model, new EncodedDataset(data, model.Tokenizer, oddWidths ? 30 : 64), CPU);
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
