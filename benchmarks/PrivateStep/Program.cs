// What privacy costs: a step with per-example clipping beside the same step without privacy, A and B in turn, medians.
//   dotnet run --project benchmarks/PrivateStep -c Release -- [roberta|gpt2] [hidden layers heads tokens batch rounds threads vocabulary micro-batches]
// roberta labels texts; gpt2 writes the second half of each.
// Two figures: "gradient" is one micro-batch, forward, backward, and the (clipped) gradients added up; "step" is all of a training step, several micro-batches and
// the optimiser, and on the private side the draw, digests, the ledger's entry with its flush to the disk, and the noise. A third, "zeroth", is a zeroth-order step beside two forward passes, its time and
// its memory (of one micro-batch at a time, on both sides).
// Wall time is what a user waits; on a loaded machine the processor time of the process is the steadier figure. The peak memory is that of a step, in a process that
// holds model, optimiser and data already.
using System.Diagnostics;
using System.Globalization;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using PrivateStep;
using static TorchSharp.torch;

var writes = args is ["gpt2", ..];
if (args is ["gpt2" or "roberta", ..])
    args = args[1..];
int[] sizes = [192, 3, 6, 64, 64, 15, 1, 8192, 8];
for (var i = 0; i < args.Length; i++)
    sizes[i] = int.Parse(args[i], CultureInfo.InvariantCulture);
var (hidden, layers, heads, tokens, batch, rounds) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
var (threads, vocabulary, microBatches) = (sizes[6], sizes[7], sizes[8]);
var warmUp = TimeSpan.FromSeconds(6); // until the runtime has compiled noise and directions with all its optimisations
NativeHeap.KeepFreedMemory(); // as lmodp does
set_num_threads(threads);
Console.WriteLine($"{(writes ? "gpt2" : "roberta")}, width {hidden}, {layers} layers, {vocabulary} words, {batch} x {tokens} tokens a micro-batch, {microBatches} micro-batches a step, {threads} threads, medians of {rounds}");
foreach (var set in new[] { TrainableSet.Full, TrainableSet.Lora, TrainableSet.Bias })
{
    using (var open = Plain(set))
    using (var guarded = Private(set))
    {
        Report($"{set} gradient", Medians(open.MicroBatch, guarded.MicroBatch, rounds));
        Report($"{set} step", Medians(open.Step, guarded.Step, Math.Max(3, rounds / microBatches)));
    }
    var (without, with) = (Peak(Plain(set)), Peak(Private(set)));
    Console.WriteLine(FormattableString.Invariant($"{set,-4} memory:   without privacy {without:F0} MB, private {with:F0} MB"));
    using var zeroth = new ZerothOrderArm(Problem(set), set);
    Report($"{set} zeroth", Medians(zeroth.TwoPasses, zeroth.Step, Math.Max(3, rounds / microBatches)));
    var (passes, step) = (Cost.PeakMegabytes(zeroth.TwoPasses), Cost.PeakMegabytes(zeroth.Step));
    Console.WriteLine(FormattableString.Invariant($"{set,-4} zeroth memory: two passes {passes:F0} MB, step {step:F0} MB, ratio {step / passes:F3}"));
}

Arm Plain(TrainableSet set) => new PlainArm(Problem(set), set);

Arm Private(TrainableSet set) => new PrivateArm(Problem(set), set);

SyntheticObjective Problem(TrainableSet set)
{
    nn.Module model = writes ? new CausalLanguageModel(DecoderSizes()) : new SequenceClassifier(EncoderSizes());
    Initialization.Normal(model, 0.02, 1);
    if (set == TrainableSet.Lora)
        LoraAdapters.Attach(model, new LoraConfig(), 1);
    return model is CausalLanguageModel writer
        ? new SyntheticWriting(writer, microBatches, batch, tokens)
        : new SyntheticLabelling((SequenceClassifier)model, microBatches, batch, tokens);
}

EncoderConfig EncoderSizes() => new()
{
    ModelType = "roberta",
    VocabSize = vocabulary,
    HiddenSize = hidden,
    NumHiddenLayers = layers,
    NumAttentionHeads = heads,
    IntermediateSize = 4 * hidden,
    MaxPositionEmbeddings = 514,
    TypeVocabSize = 1,
    PadTokenId = 1,
};

DecoderConfig DecoderSizes() => new()
{
    ModelType = "gpt2",
    VocabSize = vocabulary,
    HiddenSize = hidden,
    NumHiddenLayers = layers,
    NumAttentionHeads = heads,
    IntermediateSize = 4 * hidden,
    MaxPositionEmbeddings = 512,
    Activation = "gelu_new",
    TieWordEmbeddings = true,
};

(Cost Open, Cost Guarded) Medians(Action open, Action guarded, int rounds)
{
    var start = Stopwatch.GetTimestamp();
    for (var round = 0; round < 2 || Stopwatch.GetElapsedTime(start) < warmUp; round++)
    {
        open();
        guarded();
    }
    var (a, b) = (new List<Cost>(), new List<Cost>());
    for (var round = 0; round < rounds; round++)
    {
        a.Add(Cost.Of(open));
        b.Add(Cost.Of(guarded));
    }
    return (Cost.Median(a), Cost.Median(b));
}

static void Report(string what, (Cost Open, Cost Guarded) costs)
{
    var (open, guarded) = costs;
    Console.WriteLine(FormattableString.Invariant($"{what + ":",-15}without privacy {open.Wall:F0} ms, private {guarded.Wall:F0} ms, ratio {guarded.Wall / open.Wall:F3}; processor time {open.Processor:F0} and {guarded.Processor:F0} ms, ratio {guarded.Processor / open.Processor:F3}"));
}

static double Peak(Arm arm)
{
    using (arm)
    {
        arm.Step();
        return Cost.PeakMegabytes(arm.Step);
    }
}
