// A Llama larger than memory would hold in float32, trained with LoRA and privacy from weights that stay in their files.
//   dotnet run --project benchmarks/LargeModel -c Release -- FOLDER [layers batch tokens steps]
// The folder gets a checkpoint of random bfloat16 numbers in the shape of Llama-2-7B (32 layers: 13.5 GB) if it has none; nothing else is written, and nothing is deleted.
using System.Diagnostics;
using System.Globalization;
using LargeModel;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Training.Clipping;
using static TorchSharp.torch;

var folder = args[0];
int[] sizes = [32, 2, 64, 1];
for (var i = 1; i < args.Length; i++)
    sizes[i - 1] = int.Parse(args[i], CultureInfo.InvariantCulture);
var (layers, batch, tokens, steps) = (sizes[0], sizes[1], sizes[2], sizes[3]);
if (!File.Exists(Path.Combine(folder, "config.json")))
{
    SyntheticCheckpoint.Write(folder, new DecoderConfig
    {
        ModelType = "llama",
        VocabSize = 32000,
        HiddenSize = 4096,
        NumHiddenLayers = layers,
        NumAttentionHeads = 32,
        IntermediateSize = 11008,
        MaxPositionEmbeddings = 4096,
        Activation = "silu",
        Architectures = ["LlamaForCausalLM"],
        TorchDtype = "bfloat16",
        EosTokenId = 2,
    });
}

NativeHeap.KeepFreedMemory(); // as lmodp does
var clock = Stopwatch.StartNew();
using var model = DecoderCheckpoint.LoadLanguageModel(folder, storage: WeightStorage.Mapped);
LoraAdapters.Attach(model, new LoraConfig(), seed: 1);
var trained = TrainableParameters.Select(model, TrainableSet.Lora);
Report(FormattableString.Invariant($"opened {model.parameters().Sum(parameter => parameter.numel()) / 1e9:F2} billion parameters, {trained.Sum(entry => entry.Parameter.numel()) / 1e6:F2} million of them trained"), clock.Elapsed);

using var generator = new Generator(1);
using var ids = randint(3, model.Config.VocabSize, [batch, tokens], dtype: ScalarType.Int64, generator: generator);
using var clipping = new PerExampleClipping(model, trained, new FlatClipping(1));
for (var step = 0; step < steps; step++)
{
    clipping.Reset();
    clock.Restart();
    var clipped = clipping.Accumulate(batch, () =>
    {
        var scores = model.call(new TokenBatch(ids)).narrow(1, 0, tokens - 1).log_softmax(-1).gather(2, ids.narrow(1, 1, tokens - 1).unsqueeze(2));
        return scores.squeeze(2).mean([1L]).neg();
    });
    Report(FormattableString.Invariant($"clipped gradients of {batch} x {tokens} tokens, {clock.Elapsed.TotalSeconds / batch:F1} s an example, loss {clipped.Losses.Average():F2}"), clock.Elapsed);
}

static void Report(string what, TimeSpan elapsed)
{
    var status = File.ReadLines("/proc/self/status").Select(line => line.Split(':', StringSplitOptions.TrimEntries)).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "");
    Console.WriteLine(FormattableString.Invariant($"{what}: {elapsed.TotalSeconds:F1} s; held at most {Gigabytes("VmHWM"):F2} GB; now {Gigabytes("RssAnon"):F2} GB of its own and {Gigabytes("RssFile"):F2} GB of mapped files"));

    double Gigabytes(string key) => double.Parse(status[key].Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1e9;
}
