using System.Globalization;

namespace LmoDp.Cli.Output;

/// <summary>Shows how many texts are written.</summary>
/// <param name="stream">Standard error.</param>
/// <param name="texts">How many there will be.</param>
internal sealed class WritingProgress(TextStream stream, int texts) : ProgressLine<int>(stream, null)
{
    /// <inheritdoc/>
    protected override string Text(int value) => string.Create(CultureInfo.InvariantCulture, $"{value} of {texts} texts written");

    /// <inheritdoc/>
    protected override double Share(int value) => (double)value / texts;
}
