namespace LmoDp.Training.Metrics;

/// <summary>A generated text and the texts that people wrote for the same input.</summary>
/// <param name="Output">What the model wrote; may be empty.</param>
/// <param name="References">At least one.</param>
public sealed record JudgedText(string Output, IReadOnlyList<string> References);
