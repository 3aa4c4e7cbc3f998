namespace LmoDp.Training.Metrics;

/// <summary>How well generated texts agree with the references, as e2e-metrics measures it (docs/generation-metrics.md).</summary>
/// <param name="Bleu">BLEU of mteval-v13a, 0 to 1.</param>
/// <param name="Nist">NIST of mteval-v13a.</param>
/// <param name="RougeL">ROUGE-L, 0 to 1.</param>
/// <param name="Cider">CIDEr, 0 to 10.</param>
/// <param name="MeteorExactStem">The exact and stem stages of METEOR 1.5, 0 to 1: not METEOR.</param>
public sealed record GenerationMetrics(double Bleu, double Nist, double RougeL, double Cider, double MeteorExactStem)
{
    /// <summary>The metrics of a corpus.</summary>
    /// <param name="texts">At least one.</param>
    public static GenerationMetrics Of(IReadOnlyList<JudgedText> texts)
    {
        if (texts.Count == 0 || texts.Any(text => text.References.Count == 0))
            throw new ArgumentException("there must be at least one text, and each must have a reference", nameof(texts));
        var corpus = new MtevalCorpus(texts);
        (IReadOnlyList<string> Output, IReadOnlyList<IReadOnlyList<string>> References)[] words =
            [.. texts.AsParallel().AsOrdered().Select(text => (TreebankWords.Of(text.Output), (IReadOnlyList<IReadOnlyList<string>>)[.. text.References.Select(TreebankWords.Of)]))];
        var cider = new Cider([.. words.Select(text => text.References)]);
        return new GenerationMetrics(Metrics.Bleu.Score(corpus), Metrics.Nist.Score(corpus), words.Average(text => Metrics.RougeL.Score(text.Output, text.References)),
            words.Average(text => cider.Score(text.Output, text.References)), Metrics.MeteorExactStem.Score(words));
    }
}
