// Time and peak memory of a micro-batch with per-example clipping, relative to the same micro-batch without privacy: A and B in turn, medians.
//   dotnet run --project benchmarks/PrivateStep -c Release -- [hidden layers heads tokens batch rounds threads]
using System.Diagnostics;
using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using LmoDp.Training.Clipping;
using static TorchSharp.torch;

int[] sizes = [192, 3, 6, 64, 64, 15, 2];
for (var i = 0; i < args.Length; i++)
    sizes[i] = int.Parse(args[i], System.Globalization.CultureInfo.InvariantCulture);
var (hidden, layers, heads, tokens, batch, rounds) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
set_num_threads(sizes[6]);
var config = new EncoderConfig
{
    ModelType = "roberta",
    VocabSize = 8192,
    HiddenSize = hidden,
    NumHiddenLayers = layers,
    NumAttentionHeads = heads,
    IntermediateSize = 4 * hidden,
    MaxPositionEmbeddings = 514,
    TypeVocabSize = 1,
    PadTokenId = 1,
};
Console.WriteLine($"width {hidden}, {layers} layers, {batch} x {tokens} tokens, {sizes[6]} threads, medians of {rounds}");
foreach (var set in new[] { TrainableSet.Full, TrainableSet.Lora, TrainableSet.Bias })
{
    using var model = new SequenceClassifier(config);
    Initialization.Normal(model, 0.02, 1);
    if (set == TrainableSet.Lora)
        LoraAdapters.Attach(model, new LoraConfig(), 1);
    var parameters = TrainableParameters.Select(model, set);
    using var ids = randint(2, 8192, [batch, tokens], dtype: ScalarType.Int64);
    using var labels = zeros(batch, ScalarType.Int64);
    var (open, guarded) = (new List<Sample>(), new List<Sample>());
    for (var round = 0; round < rounds + 2; round++)
    {
        var a = Measure(Plain);
        var b = Measure(Private);
        if (round < 2)
            continue;
        open.Add(a);
        guarded.Add(b);
    }
    Console.WriteLine(FormattableString.Invariant(
        $"{set,-5} without privacy {Median(open, s => s.Milliseconds):F0} ms, {Median(open, s => s.Megabytes):F0} MB; private {Median(guarded, s => s.Milliseconds):F0} ms, {Median(guarded, s => s.Megabytes):F0} MB; time ratio {Median(guarded, s => s.Milliseconds) / Median(open, s => s.Milliseconds):F3}"));

    Tensor Losses() => nn.functional.cross_entropy(model.call(new EncoderBatch(ids)), labels, reduction: nn.Reduction.None);

    void Plain()
    {
        var trained = parameters.Select(entry => (Tensor)entry.Parameter).ToList();
        foreach (var parameter in model.parameters())
            parameter.requires_grad_(false);
        foreach (var parameter in trained)
            parameter.requires_grad_(true);
        _ = autograd.grad([Losses().sum()], trained, allow_unused: true);
    }

    void Private()
    {
        using var clipping = new PerExampleClipping(model, parameters, new FlatClipping(0.1));
        clipping.Accumulate(batch, Losses);
    }
}

static double Median(List<Sample> samples, Func<Sample, double> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);

static Sample Measure(Action step)
{
    GC.Collect();
    File.WriteAllText("/proc/self/clear_refs", "5"); // resets the peak
    var clock = Stopwatch.StartNew();
    using (NewDisposeScope())
        step();
    var elapsed = clock.Elapsed.TotalMilliseconds;
    var peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
    return new Sample(elapsed, double.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024);
}

internal readonly record struct Sample(double Milliseconds, double Megabytes);
