namespace LmoDp.Training.Record;

/// <summary>The ways in which people touch private data around a private run, in words for its statement (docs/sharp-edges.md has more on each).</summary>
public static class DataTouches
{
    /// <summary>Choosing hyper-parameters by looking at results.</summary>
    public const string HyperParameters = "settings (learning rate, clipping norm, steps, which parameters) chosen by looking at results on private data, if they were";

    /// <summary>Metrics on an evaluation set.</summary>
    public const string Evaluation = "metrics on the evaluation files: they say something about the rows of those files, if these are private";

    /// <summary>Other runs.</summary>
    public const string OtherRuns = "other runs on the same data: the guarantees add up";

    /// <summary>Several rows of a person.</summary>
    public const string SeveralRows = "people with several rows: each row is protected on its own (give --unit-column to protect people)";

    /// <summary>The first rows of a longer file.</summary>
    public const string FirstRows = "the choice of rows by --max-examples: the private data set is the rows taken, and a row removed above them moves another one in";

    /// <summary>Losses and the like.</summary>
    public const string Diagnostics = "losses and other figures of private examples, which --unsafe-diagnostics showed";

    /// <summary>Side channels.</summary>
    public const string SideChannels = "how long steps took, and when files were written";

    /// <summary>All that apply to a run.</summary>
    /// <param name="unitIsRow">Whether each row is a unit of its own.</param>
    /// <param name="evaluated">Whether metrics were computed on evaluation files.</param>
    /// <param name="unsafeDiagnostics">Whether losses were shown.</param>
    /// <param name="firstRowsOnly">Whether only the first rows of a file were taken.</param>
    public static IReadOnlyList<string> Of(bool unitIsRow, bool evaluated, bool unsafeDiagnostics, bool firstRowsOnly = false) =>
    [
        HyperParameters,
        .. evaluated ? [Evaluation] : Array.Empty<string>(),
        OtherRuns,
        .. unitIsRow ? [SeveralRows] : Array.Empty<string>(),
        .. firstRowsOnly ? [FirstRows] : Array.Empty<string>(),
        .. unsafeDiagnostics ? [Diagnostics] : Array.Empty<string>(),
        SideChannels,
    ];
}
