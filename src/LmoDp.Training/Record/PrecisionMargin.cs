namespace LmoDp.Training.Record;

/// <summary>What keeps the guarantee true on a computer, whose numbers are not the real ones of the proof.</summary>
/// <param name="Name">A short name.</param>
/// <param name="Value">Its size.</param>
/// <param name="Covers">What it accounts for.</param>
public sealed record PrecisionMargin(string Name, double Value, string Covers);
