using System.Text.Json;
using LmoDp.Models.Decoders;
using LmoDp.Models.Generation;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Generation;

/// <summary>The same ids as Hugging Face transformers, from the same weights.</summary>
public sealed class ReferenceGenerationTests
{
    [Theory]
    [InlineData("gpt2-lm")]
    [InlineData("llama-lm")]
    [InlineData("llama-gqa-lm")]
    public void IdsAreThoseOfTransformers(string name)
    {
        var folder = SharedData.Require("goldens", "models", name);
        using var model = DecoderCheckpoint.LoadLanguageModel(folder);
        using var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "generation.json")));
        foreach (var run in reference.RootElement.EnumerateObject())
        {
            var settings = run.Value.GetProperty("settings");
            var results = run.Value.GetProperty("results").EnumerateArray().ToArray();
            var end = settings.GetProperty("eos_token_id") is { ValueKind: JsonValueKind.Number } id ? id.GetInt32() : (int?)null;
            var beams = settings.TryGetProperty("num_beams", out var number) ? number.GetInt32() : 1;
            var limits = new GenerationLimits(settings.GetProperty("max_new_tokens").GetInt32(), end, beams > 1 ? settings.GetProperty("no_repeat_ngram_size").GetInt32() : 0);
            Decoding decoding = beams == 1
                ? new GreedyDecoding()
                : new BeamSearch(beams, settings.GetProperty("length_penalty").GetDouble(), settings.GetProperty("early_stopping").GetBoolean());
            int[][] prompts = [.. results.Select(result => Ids(result.GetProperty("prompt")))];
            foreach (var scorer in new NextTokenScorer[] { new CachedScorer(model, CPU), new RereadingScorer(model, CPU) })
            {
                using (scorer)
                {
                    Assert.Equal(results.Select(result => Text(Ids(result.GetProperty("new_ids")), end)), decoding.Generate(scorer, prompts, [0, 1, 2], limits).Select(text => Text(text, end)));
                    foreach (var result in results) // alone, without padding
                        Assert.Equal(Text(Ids(result.GetProperty("new_ids")), end), Text(decoding.Generate(scorer, [Ids(result.GetProperty("prompt"))], [0], limits)[0], end));
                }
            }
            if (decoding is not BeamSearch search)
                continue;
            using var cached = new CachedScorer(model, CPU);
            foreach (var (found, result) in search.Search(cached, prompts, limits).Zip(results))
            {
                Assert.Equal(result.GetProperty("all_beams").EnumerateArray().Select(beam => Text(Ids(beam), end)), found.Select(ending => Text(ending.NewIds, end)));
                foreach (var (ending, score) in found.Zip(result.GetProperty("all_scores").EnumerateArray()))
                    Assert.Equal(score.GetDouble(), ending.Score, 1e-4);
            }
        }
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>The ids up to the end token: the reference keeps it, and fills up with padding.</summary>
    private static string Text(IEnumerable<int> ids, int? end) => string.Join(' ', ids.TakeWhile(id => id != end));
}
