using LmoDp.Models.Decoders;
using LmoDp.Models.Generation;
using static TorchSharp.torch;

namespace LmoDp.Training.Evaluation;

/// <summary>Lets a language model go on from many prompts, in batches.</summary>
/// <param name="model">The model.</param>
/// <param name="device">Where it lies.</param>
/// <param name="decoding">How tokens are chosen.</param>
/// <param name="limits">When a text ends.</param>
/// <param name="batchSize">Texts at a time.</param>
public sealed class TextGeneration(CausalLanguageModel model, Device device, Decoding decoding, GenerationLimits limits, int batchSize = 32)
{
    /// <summary>Texts of like length go together, out of so many batches: fewer would waste work on padding, with more the first texts would come late.</summary>
    private const int BatchesAhead = 4;

    /// <summary>The ids that the model writes after each prompt, without the end token, in the order of the prompts. They are written as they are asked for.</summary>
    /// <param name="prompts">Token ids; none is empty.</param>
    /// <param name="progress">Told how many texts are done.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    /// <exception cref="BadInputException">A prompt and what may follow it are longer than the model reads.</exception>
    public IEnumerable<IReadOnlyList<int>> Continue(IReadOnlyList<IReadOnlyList<int>> prompts, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (prompts.Max(prompt => prompt.Count) + limits.MaxNewTokens - 1 is var longest && longest > model.Config.MaxTokens)
            throw new BadInputException($"a prompt and {limits.MaxNewTokens} new tokens are longer than the {model.Config.MaxTokens} tokens that the model reads: allow fewer new tokens");
        return Write(prompts, progress, cancellation);
    }

    private IEnumerable<IReadOnlyList<int>> Write(IReadOnlyList<IReadOnlyList<int>> prompts, IProgress<int>? progress, CancellationToken cancellation)
    {
        using var scorer = new CachedScorer(model, device);
        var done = 0;
        foreach (var ahead in Enumerable.Range(0, prompts.Count).Chunk(BatchesAhead * batchSize))
        {
            var texts = new IReadOnlyList<int>[ahead.Length];
            foreach (var batch in ahead.OrderBy(i => prompts[i].Count).Chunk(batchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                var written = decoding.Generate(scorer, [.. batch.Select(i => prompts[i])], batch, limits);
                foreach (var (i, text) in batch.Zip(written))
                    texts[i - ahead[0]] = text;
                progress?.Report(done += batch.Length);
            }
            foreach (var text in texts)
                yield return text;
        }
    }
}
