using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>One token after the other is chosen for each text, and never taken back.</summary>
public abstract class TokenwiseDecoding : Decoding
{
    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<int>> Generate(NextTokenScorer scorer, IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<int> numbers, GenerationLimits limits)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var choice = NewChoice(numbers);
        var texts = prompts.Select(prompt => new List<int>(prompt)).ToArray();
        var open = Enumerable.Range(0, texts.Length).ToArray();
        var logits = scorer.Begin(prompts);
        for (var step = 0; step < limits.MaxNewTokens; step++)
        {
            using var stepScope = NewDisposeScope();
            BanRepeats(logits, open.Select(text => texts[text]), limits.NoRepeatNgram);
            var chosen = choice(logits, open);
            var parents = Enumerable.Range(0, open.Length).Where(row => chosen[row] != limits.EndId).ToArray();
            open = [.. parents.Select(row => open[row])];
            int[] tokens = [.. parents.Select(row => chosen[row])];
            for (var row = 0; row < open.Length; row++)
                texts[open[row]].Add(tokens[row]);
            if (open.Length == 0 || step == limits.MaxNewTokens - 1)
                break;
            logits.Dispose();
            logits = scorer.Continue(parents, tokens).MoveToOuterDisposeScope();
        }
        return [.. texts.Zip(prompts, (text, prompt) => text[prompt.Count..])];
    }

    /// <summary>A rule that chooses tokens: it is given logits <c>[texts, vocabulary]</c>, and which prompt each text continues, counted from 0.</summary>
    /// <param name="numbers">As in <see cref="Generate"/>.</param>
    private protected abstract Func<Tensor, IReadOnlyList<int>, int[]> NewChoice(IReadOnlyList<int> numbers);
}

/// <summary>Always the likeliest token.</summary>
public sealed class GreedyDecoding : TokenwiseDecoding
{
    private protected override Func<Tensor, IReadOnlyList<int>, int[]> NewChoice(IReadOnlyList<int> numbers)
        => (logits, _) => [.. logits.argmax(1).cpu().data<long>().ToArray().Select(id => (int)id)];
}
