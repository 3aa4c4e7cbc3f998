using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Training.Ledger;

/// <summary>What a ledger's releases compose to, for the accountants.</summary>
public static class LedgerComposition
{
    /// <summary>All that was charged, torn records included.</summary>
    /// <exception cref="BadInputException">The ledger names a noise law that this version does not know.</exception>
    public static Composition Spent(this LedgerHistory ledger) => Of(ledger, (_, spent) => spent);

    /// <summary>What a run must report: in each group what was charged or what was planned, whichever is more, as stopping early may have depended on the data.</summary>
    /// <exception cref="BadInputException">The ledger names a noise law that this version does not know.</exception>
    public static Composition Reported(this LedgerHistory ledger) => Of(ledger, Math.Max);

    private static Composition Of(LedgerHistory ledger, Func<int, int, int> count)
        => new([.. ledger.Header.Plan.Select((planned, group) => Group(planned.Terms, count(planned.Draws, ledger.Spent(group))))]);

    private static ReleaseGroup Group(ReleaseTerms terms, int draws)
        => new(terms.Kind.With(NoiseLawParser.ParseInline(terms.Noise)), terms.SamplingRate, draws, terms.PerDraw);
}
