using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>
/// Keeps the likeliest beginnings of each text and returns the best ending that was met, score = log probability / length ^ penalty. Rules and order of steps are those of
/// Hugging Face transformers 4.34, whose length counts the prompt (not the end token): twice as many candidates as beams are looked at in each step; an end among the best
/// of them closes a hypothesis.
/// </summary>
/// <param name="beams">Beginnings that are kept.</param>
/// <param name="lengthPenalty">The exponent: above 0 favours long texts.</param>
/// <param name="earlyStopping">Stop as soon as there are as many endings as beams; else only when no beginning can still beat the worst of them at its present length.</param>
public sealed class BeamSearch(int beams, double lengthPenalty = 1, bool earlyStopping = false) : Decoding
{
    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<int>> Generate(NextTokenScorer scorer, IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<int> numbers, GenerationLimits limits)
        => [.. Search(scorer, prompts, limits).Select(found => found[0].NewIds)];

    /// <summary>The best endings of each prompt, best first: as many as there are beams.</summary>
    public IReadOnlyList<IReadOnlyList<Hypothesis>> Search(NextTokenScorer scorer, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationLimits limits)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var searches = prompts.Select(prompt => new PromptSearch(this, prompt, limits)).ToArray();
        var open = searches;
        var logits = scorer.Begin(prompts);
        for (var step = 0; step < limits.MaxNewTokens; step++)
        {
            using var stepScope = NewDisposeScope();
            var (scores, ids) = Candidates(logits, open, limits);
            var (parents, tokens, firstRow) = (new List<int>(), new List<int>(), 0);
            for (var i = 0; i < open.Length; i++)
            {
                var rows = open[i].Texts.Count;
                foreach (var (parent, token) in open[i].Advance(scores[i], ids[i], logits.shape[1]))
                {
                    parents.Add(firstRow + parent);
                    tokens.Add(token);
                }
                firstRow += rows;
            }
            open = [.. open.Where(search => !search.Done)];
            if (open.Length == 0 || step == limits.MaxNewTokens - 1)
                break;
            logits.Dispose();
            logits = scorer.Continue(parents, tokens).MoveToOuterDisposeScope();
        }
        return [.. searches.Select(search => search.Finish())];
    }

    /// <summary>The best continuations of each search, best first: scores, and places in its <c>[beams, vocabulary]</c> table.</summary>
    private (float[][] Scores, long[][] Places) Candidates(Tensor logits, PromptSearch[] open, GenerationLimits limits)
    {
        var scores = logits.log_softmax(1);
        BanRepeats(scores, open.SelectMany(search => search.Texts), limits.NoRepeatNgram);
        float[] soFar = [.. open.SelectMany(search => search.Scores)];
        if (2L * beams > scores.shape[1])
            throw new BadInputException($"{beams} beams are too many for a vocabulary of {scores.shape[1]}: give at most half as many beams as it has tokens");
        var table = scores.add_(tensor(soFar, device: logits.device).unsqueeze(1), KeptNumbers.One).view(open.Length, -1);
        var count = 2 * beams;
        var (best, places) = table.topk(count, 1, largest: true, sorted: true);
        return ([.. best.cpu().data<float>().ToArray().Chunk(count)], [.. places.cpu().data<long>().ToArray().Chunk(count)]);
    }

    /// <summary>The search for one prompt.</summary>
    private sealed class PromptSearch(BeamSearch rule, IReadOnlyList<int> prompt, GenerationLimits limits)
    {
        private readonly List<Hypothesis> endings = [];

        /// <summary>The beginnings: one at first, then as many as there are beams.</summary>
        public List<List<int>> Texts { get; private set; } = [[.. prompt]];

        /// <summary>Their log probabilities.</summary>
        public List<float> Scores { get; private set; } = [0];

        public bool Done { get; private set; }

        /// <summary>Takes the candidates of a step.</summary>
        /// <returns>The beginnings to go on with, as former beginning and token after it; none where the search is done.</returns>
        public IReadOnlyList<(int Parent, int Token)> Advance(float[] scores, long[] places, long vocabulary)
        {
            var (texts, kept, steps) = (new List<List<int>>(), new List<float>(), new List<(int Parent, int Token)>());
            for (var rank = 0; rank < scores.Length && texts.Count < rule.Beams; rank++)
            {
                var (parent, token) = ((int)(places[rank] / vocabulary), (int)(places[rank] % vocabulary));
                if (token == limits.EndId)
                {
                    if (rank < rule.Beams)
                        End(Texts[parent], scores[rank]);
                    continue;
                }
                texts.Add([.. Texts[parent], token]);
                kept.Add(scores[rank]);
                steps.Add((parent, token));
            }
            var length = Texts[0].Count + 1;
            (Texts, Scores) = (texts, kept);
            Done = texts.Count == 0 || endings.Count >= rule.Beams && (rule.EarlyStopping || endings[^1].Score >= rule.Score(scores[0], length));
            return Done ? [] : steps;
        }

        public IReadOnlyList<Hypothesis> Finish()
        {
            if (!Done)
            {
                for (var i = 0; i < Texts.Count; i++)
                    End(Texts[i], Scores[i]);
            }
            return endings;
        }

        /// <summary>Keeps the best, in falling order; of equal ones the earlier.</summary>
        private void End(List<int> text, float logProbability)
        {
            var score = rule.Score(logProbability, text.Count);
            var place = endings.FindIndex(other => other.Score < score);
            endings.Insert(place < 0 ? endings.Count : place, new Hypothesis(text[prompt.Count..], score));
            if (endings.Count > rule.Beams)
                endings.RemoveAt(rule.Beams);
        }
    }

    private int Beams => beams;

    private bool EarlyStopping => earlyStopping;

    private double Score(float logProbability, int length) => logProbability / Math.Pow(length, lengthPenalty);
}

/// <summary>An ending that a beam search has met.</summary>
/// <param name="NewIds">The ids after the prompt, without the end token.</param>
/// <param name="Score">log probability / length ^ penalty.</param>
public sealed record Hypothesis(IReadOnlyList<int> NewIds, double Score);
