using System.Globalization;
using LmoDp.Training.Evaluation;

namespace LmoDp.Cli.Output;

/// <summary>Shows how many texts are written, or read to be judged.</summary>
/// <param name="stream">Standard error.</param>
/// <param name="before">A line on the same stream that ends where this one begins; null for none.</param>
internal sealed class WritingProgress(TextStream stream, IDisposable? before = null) : ProgressLine<WritingStatus>(stream, null, before)
{
    /// <inheritdoc/>
    protected override string Text(WritingStatus value) => string.Create(CultureInfo.InvariantCulture, $"{value.Done} of {value.Total} {value.What}");

    /// <inheritdoc/>
    protected override double Share(WritingStatus value) => (double)value.Done / value.Total;
}
