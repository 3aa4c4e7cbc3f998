using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Runs;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Runs;

/// <summary>Fine-tuning runs of a RoBERTa of 8 dimensions on 60 rows, in a folder of their own: their model, data, keys and outputs.</summary>
internal sealed class TinyRun
{
    public const int Steps = 20;
    private const string ChildVariable = "LMODP_TESTS_TINY_RUN";
    private readonly string root;

    private TinyRun(string root) => this.root = root;

    public RunKeyStore Keys => new(Path.Combine(root, "keys"));

    public string Model => Path.Combine(root, "model");

    public string TrainFile => Path.Combine(root, "train.csv");

    public static TinyRun Create(string root)
    {
        var run = new TinyRun(root);
        var model = Directory.CreateDirectory(Path.Combine(root, "model")).FullName;
        TinyTokenizers.WriteRoberta(model);
        var config = new EncoderConfig
        {
            ModelType = "roberta",
            VocabSize = 280,
            HiddenSize = 8,
            NumHiddenLayers = 1,
            NumAttentionHeads = 2,
            IntermediateSize = 12,
            MaxPositionEmbeddings = 32,
            PadTokenId = 1,
        };
        using var classifier = TestModels.Randomised(new SequenceClassifier(config), ScalarType.Float32);
        ClassifierCheckpoint.Save(model, classifier, TextTokenizer.Load(model));
        var random = new Random(4);
        File.WriteAllLines(run.TrainFile, Enumerable.Range(0, 60)
            .Select(row => string.Join(' ', Enumerable.Range(0, 1 + random.Next(8)).Select(_ => row % 2 == 0 ? "ab abc" : "cab ba")) + "," + (row % 2 == 0 ? "yes" : "no"))
            .Prepend("text,label"));
        return run;
    }

    public string Output(string name) => Path.Combine(root, name);

    public byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(Output(name), "model.safetensors"));

    /// <summary>Step and attempt of each release that the ledger charges.</summary>
    public (int Step, int Attempt)[] Releases(string name) => [.. LedgerHistory.Read(Inner(name)).Entries.Select(entry => (entry.Step, entry.Attempt))];

    public string Inner(string name) => Path.Combine(Output(name), "run");

    public FinetuneSettings Settings(string output, long? seed, bool resume = false, TrainableSet trainable = TrainableSet.Full) => new()
    {
        Model = Path.Combine(root, "model"),
        Files = new ClassificationFiles(ClassificationTask.Custom("text", null, "label", ["no", "yes"], null), null, TrainFile, TrainFile),
        Method = TrainingMethod.DpAdam,
        Target = new PrivacyTarget(1e6, 1e-5, "gaussian:std=1"),
        Sampling = new SamplingChoice(12, null),
        Steps = Steps,
        LearningRate = 0.01,
        WarmUpShare = 0.1,
        WeightDecay = 0.01,
        ClippingNorm = 0.5,
        Clipping = ClippingKind.Flat,
        Trainable = trainable,
        LoraRank = 2,
        LoraAlpha = 4,
        PromptLength = 4,
        MaxTokens = 30,
        MaxExamples = null,
        Seed = seed,
        Output = Output(output),
        Resume = resume,
        UnsafeDiagnostics = false,
    };

    /// <summary>Two directions a step.</summary>
    public FinetuneSettings ZerothOrder(string output, long? seed, bool resume = false, TrainableSet trainable = TrainableSet.Full)
        => Settings(output, seed, resume, trainable) with { Method = TrainingMethod.ZerothOrder, Target = new(1e6, 1e-5, "laplace:scale=1"), Directions = 2 };

    public FinetuneResult Execute(FinetuneSettings settings, Action<ClippedBatch>? diagnostics = null, Action<string>? notice = null, CancellationTokenSource? cancellation = null)
        => new FinetuneRun(settings, Keys, new Silent(), diagnostics, notice).Execute(cancellation?.Token ?? CancellationToken.None);

    /// <summary>The run in a process of its own, killed (SIGKILL) when its ledger holds so many records beside the first; not killed if null. Returns the exit code.</summary>
    public int ExecuteInChild(string output, long? seed, bool resume, int? killAt, bool zerothOrder = false)
    {
        var ledger = Path.Combine(Inner(output), PrivacyLedger.FileName);
        return ExecuteInChild(output, seed, resume, zerothOrder, _ => killAt is { } most && File.Exists(ledger) && Lines(ledger) > most);
    }

    /// <summary>The run in a process of its own, killed (SIGKILL) when a condition on the time since its start holds. Returns the exit code.</summary>
    public int ExecuteInChild(string output, long? seed, bool resume, bool zerothOrder, Func<TimeSpan, bool> kill)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "LmoDp.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""))) { RedirectStandardError = true };
        start.Environment[ChildVariable] = string.Join('|', root, output, seed?.ToString(CultureInfo.InvariantCulture), resume ? "resume" : "begin", zerothOrder ? "zeroth" : "first");
        using var child = Process.Start(start)!;
        var clock = Stopwatch.StartNew();
        while (!child.HasExited)
        {
            if (kill(clock.Elapsed))
                child.Kill();
            Thread.Sleep(1);
        }
        var errors = child.StandardError.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode is 0 or 137 ? child.ExitCode : throw new InvalidOperationException(errors);
    }

    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not { } order)
            return;
        var parts = order.Split('|');
        var run = new TinyRun(parts[0]);
        set_num_threads(1);
        long? seed = parts[2].Length == 0 ? null : long.Parse(parts[2], CultureInfo.InvariantCulture);
        var resume = parts[3] == "resume";
        run.Execute(parts[4] == "zeroth" ? run.ZerothOrder(parts[1], seed, resume) : run.Settings(parts[1], seed, resume), diagnostics: _ => Thread.Sleep(5));
        Environment.Exit(0);
    }

    private static int Lines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.Count(value => value == '\n');
    }

    private sealed class Silent : IProgress<TrainingStatus>
    {
        public void Report(TrainingStatus value)
        {
        }
    }
}
