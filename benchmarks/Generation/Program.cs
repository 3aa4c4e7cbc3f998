// How fast a model writes: tokens a second with and without the cache, alone and in batches, and beam search beside as many greedy texts as it has beams.
//   dotnet run --project benchmarks/Generation -c Release -- [hidden layers heads vocabulary prompt new rounds threads]
// A random GPT-2 of the given sizes; nothing ends a text early. Medians, all ways in turn.
using System.Diagnostics;
using System.Globalization;
using LmoDp.Models;
using LmoDp.Models.Decoders;
using LmoDp.Models.Generation;
using LmoDp.Models.Layers;
using static TorchSharp.torch;

int[] sizes = [128, 4, 4, 4096, 64, 64, 5, 1];
for (var i = 0; i < args.Length; i++)
    sizes[i] = int.Parse(args[i], CultureInfo.InvariantCulture);
var (prompt, added, rounds) = (sizes[4], sizes[5], sizes[6]);
NativeHeap.KeepFreedMemory(); // as lmodp does
set_num_threads(sizes[7]);
using var model = new CausalLanguageModel(new DecoderConfig
{
    ModelType = "gpt2",
    VocabSize = sizes[3],
    HiddenSize = sizes[0],
    NumHiddenLayers = sizes[1],
    NumAttentionHeads = sizes[2],
    IntermediateSize = 4 * sizes[0],
    MaxPositionEmbeddings = prompt + added,
    Activation = "gelu_new",
    TieWordEmbeddings = true,
});
Initialization.Normal(model, 0.02, 1);
Console.WriteLine($"gpt2, width {sizes[0]}, {sizes[1]} layers, {sizes[3]} words; {added} tokens after {prompt}; {sizes[7]} threads, medians of {rounds}");

const int Beams = 5;
(string Name, int Texts, Action Run)[] ways =
[
    ("cache, 1 text", 1, Way(1, new GreedyDecoding(), cached: true)),
    ("no cache, 1 text", 1, Way(1, new GreedyDecoding(), cached: false)),
    ("cache, 32 texts", 32, Way(32, new GreedyDecoding(), cached: true)),
    ("no cache, 32 texts", 32, Way(32, new GreedyDecoding(), cached: false)),
    ($"cache, {Beams} beams, 1 text", 1, Way(1, new BeamSearch(Beams), cached: true)),
    ($"cache, {Beams} beams, 32 texts", 32, Way(32, new BeamSearch(Beams), cached: true)),
    ($"cache, {Beams} x 32 texts", Beams * 32, Way(Beams * 32, new GreedyDecoding(), cached: true)),
];
var seconds = ways.Select(_ => new List<double>()).ToArray();
for (var round = -1; round < rounds; round++) // one to warm up
{
    for (var i = 0; i < ways.Length; i++)
    {
        var clock = Stopwatch.StartNew();
        ways[i].Run();
        if (round >= 0)
            seconds[i].Add(clock.Elapsed.TotalSeconds);
    }
}
double[] medians = [.. seconds.Select(times => times.Order().ElementAt(times.Count / 2))];
for (var i = 0; i < ways.Length; i++)
    Console.WriteLine(FormattableString.Invariant($"{ways[i].Name + ":",-26}{ways[i].Texts * added / medians[i],9:F0} tokens/s"));
Console.WriteLine(FormattableString.Invariant($"{Beams} beams over greedy, time:   1 text {medians[4] / medians[0]:F2}, 32 texts {medians[5] / medians[2]:F2}; over {Beams} times as many greedy texts {medians[5] / medians[6]:F2}"));

Action Way(int texts, Decoding decoding, bool cached)
{
    var random = new Random(1);
    int[][] prompts = [.. Enumerable.Range(0, texts).Select(_ => Enumerable.Range(0, prompt).Select(_ => random.Next(sizes[3])).ToArray())];
    int[] numbers = [.. Enumerable.Range(0, texts)];
    return () =>
    {
        using NextTokenScorer scorer = cached ? new CachedScorer(model, CPU) : new RereadingScorer(model, CPU);
        decoding.Generate(scorer, prompts, numbers, new GenerationLimits(added, null));
    };
}
