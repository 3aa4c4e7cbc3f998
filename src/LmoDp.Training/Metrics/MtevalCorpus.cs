namespace LmoDp.Training.Metrics;

/// <summary>
/// What BLEU and NIST of mteval-v13a count. Texts may have different numbers of references: e2e-metrics fills up with empty ones, which its copy of the script leaves out of every length.
/// </summary>
internal sealed class MtevalCorpus
{
    /// <summary>The longest run of words that either score looks at.</summary>
    public const int Longest = 5;

    /// <param name="texts">At least one.</param>
    public MtevalCorpus(IReadOnlyList<JudgedText> texts)
    {
        Texts = [.. texts.Select(text => new MtevalText(text))];
    }

    /// <summary>The texts.</summary>
    public IReadOnlyList<MtevalText> Texts { get; }

    /// <summary>Runs of n words in all outputs.</summary>
    public long OutputRuns(int n) => Texts.Sum(text => (long)Math.Max(0, text.OutputLength - n + 1));

    /// <summary>How often runs of n words occur in all references.</summary>
    public IEnumerable<KeyValuePair<string, int>> ReferenceRuns(int n) => Texts.SelectMany(text => text.References.SelectMany(reference => reference[n - 1]));

    /// <summary>Runs of n words that the outputs share with their references, with their numbers.</summary>
    public IEnumerable<KeyValuePair<string, int>> SharedRuns(int n) => Texts.SelectMany(text => text.SharedRuns(n));
}

/// <summary>One text of the corpus.</summary>
internal sealed class MtevalText
{
    private readonly Dictionary<string, int>[] output;

    public MtevalText(JudgedText text)
    {
        var words = MtevalWords.Of(text.Output);
        OutputLength = words.Length;
        output = NGrams.Count(words, MtevalCorpus.Longest);
        var referenceWords = text.References.Select(MtevalWords.Of).ToArray();
        References = [.. referenceWords.Select(reference => NGrams.Count(reference, MtevalCorpus.Longest))];
        ClosestReferenceLength = referenceWords.Select(reference => reference.Length).MinBy(length => (Math.Abs(length - OutputLength), length));
    }

    /// <summary>Words of the output.</summary>
    public int OutputLength { get; }

    /// <summary>Words of the reference whose length is closest to the output's; of two as close, the shorter.</summary>
    public int ClosestReferenceLength { get; }

    /// <summary>The runs of each reference (<see cref="NGrams.Count"/>).</summary>
    public IReadOnlyList<Dictionary<string, int>[]> References { get; }

    /// <summary>Runs of n words of the output, each at most as often as in the reference that has it most.</summary>
    public IEnumerable<KeyValuePair<string, int>> SharedRuns(int n) => output[n - 1]
        .Select(run => KeyValuePair.Create(run.Key, Math.Min(run.Value, References.Max(reference => reference[n - 1].GetValueOrDefault(run.Key)))))
        .Where(run => run.Value > 0);
}
