namespace LmoDp.Training.Data;

/// <summary>One labelled text, or a pair of texts.</summary>
/// <param name="Text">The text; never empty.</param>
/// <param name="TextPair">The second text of a pair task; null where the task has one text.</param>
/// <param name="Label">Index into the task's labels, or <see cref="Unlabelled"/>.</param>
/// <param name="Unit">Whose row this is, where the unit of privacy is more than a row; else null.</param>
public sealed record TextExample(string Text, string? TextPair, int Label, string? Unit)
{
    /// <summary>The label of a text that is only to be predicted.</summary>
    public const int Unlabelled = -1;
}
