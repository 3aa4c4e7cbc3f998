using LmoDp.Models.Generation;
using LmoDp.Training.Data;
using LmoDp.Training.Metrics;
using LmoDp.Training.Objectives;
using LmoDp.Training.Runs;
using static TorchSharp.torch;

namespace LmoDp.Training.Evaluation;

/// <summary>How far the work on a set of texts is.</summary>
/// <param name="What">What is counted.</param>
/// <param name="Done">How many are done.</param>
/// <param name="Total">How many there are.</param>
public sealed record WritingStatus(string What, int Done, int Total);

/// <summary>How a fine-tuned model writes targets for sources, and how good they are.</summary>
/// <param name="writer">The model.</param>
/// <param name="maxTokens">The longest text, as in training.</param>
/// <param name="decoding">How tokens are chosen.</param>
/// <param name="maxNewTokens">Most tokens of a target.</param>
/// <param name="noRepeatNgram">As in <see cref="GenerationLimits"/>.</param>
public sealed class Writing(LoadedWriter writer, int maxTokens, Decoding decoding, int maxNewTokens, int noRepeatNgram)
{
    private readonly PromptLayout layout = maxNewTokens <= maxTokens - LeastPrompt - (writer.SoftPrompt?.Ids.Count ?? 0)
        ? writer.Layout(maxTokens)
        : throw new BadInputException($"{maxNewTokens} new tokens leave no room for a source within {maxTokens} tokens{(writer.SoftPrompt is { } prompt ? $", {prompt.Ids.Count} of them the soft prompt's" : "")}: allow fewer new ones, or a longer text");

    private const int LeastPrompt = 3; // an opening token, one of the source, a separator

    /// <summary>What the published studies of E2E and DART decode with: 5 beams, length penalty 0.9, no four tokens twice (Hu et al. 2022).</summary>
    public static Writing WithBeams(LoadedWriter writer, int maxTokens) => new(writer, maxTokens, new BeamSearch(5, 0.9), DefaultNewTokens(maxTokens), 4);

    /// <summary>Most tokens of a target where nothing else is said: half of the text.</summary>
    public static int DefaultNewTokens(int maxTokens) => maxTokens / 2;

    /// <summary>A target for each source, in their order. They are written as they are asked for.</summary>
    public IEnumerable<string> Targets(IReadOnlyList<string> sources, IProgress<WritingStatus>? progress = null, CancellationToken cancellation = default)
    {
        var generation = new TextGeneration(writer.Model, CPU, decoding, new GenerationLimits(maxNewTokens, layout.EndId, noRepeatNgram));
        var prompts = sources.Select(source => layout.Prompt(source, maxNewTokens)).ToArray();
        return generation.Continue(prompts, Counted(progress, "texts written", prompts.Length), cancellation).Select(layout.Text);
    }

    /// <summary>A text that begins with a prompt, the prompt included.</summary>
    public string GoOn(string prompt, CancellationToken cancellation = default)
    {
        var generation = new TextGeneration(writer.Model, CPU, decoding, new GenerationLimits(maxNewTokens, layout.EndId, noRepeatNgram));
        var ids = layout.Beginning(prompt, maxNewTokens);
        return layout.Text([.. ids, .. generation.Continue([ids], cancellation: cancellation).Single()]);
    }

    /// <summary>Writes a target for each input of a data set and compares them with what people wrote; and the perplexity of what people wrote.</summary>
    /// <returns>Metrics by name: <c>bleu</c>, <c>nist</c>, <c>rougeL</c>, <c>cider</c>, <c>meteorExactStem</c>, <c>perplexity</c>, with the suffix at the end.</returns>
    public IReadOnlyDictionary<string, double> Judge(GenerationDataset data, string suffix = "", IProgress<WritingStatus>? progress = null, CancellationToken cancellation = default)
    {
        var pairs = new EncodedPairs(data, layout, cancellation);
        using var objective = new GenerationObjective(writer.Model, pairs, CPU);
        var perplexity = Perplexity.Of(objective, pairs, Counted(progress, "pairs read", pairs.Count), cancellation);
        var written = Targets([.. data.ReferenceGroups.Select(group => group.Source)], progress, cancellation);
        var metrics = GenerationMetrics.Of([.. written.Zip(data.ReferenceGroups, (text, group) => new JudgedText(text, group.References))]);
        return new Dictionary<string, double>
        {
            ["bleu" + suffix] = metrics.Bleu,
            ["nist" + suffix] = metrics.Nist,
            ["rougeL" + suffix] = metrics.RougeL,
            ["cider" + suffix] = metrics.Cider,
            ["meteorExactStem" + suffix] = metrics.MeteorExactStem,
            ["perplexity" + suffix] = perplexity,
        };
    }

    private static Count? Counted(IProgress<WritingStatus>? progress, string what, int total) => progress is null ? null : new Count(progress, what, total);

    private sealed class Count(IProgress<WritingStatus> progress, string what, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new WritingStatus(what, value, total));
    }
}
