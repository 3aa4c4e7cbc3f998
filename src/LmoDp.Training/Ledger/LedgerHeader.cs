using System.Globalization;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Training.Ledger;

/// <summary>The first record of a ledger: which run it belongs to and what was planned.</summary>
/// <param name="Run">The run's name: 32 hexadecimal digits, random.</param>
/// <param name="IsPrivate">False where a seed replaced the run key, so that whoever knows the seed can subtract the noise.</param>
/// <param name="Plan">The schedule; at least one group.</param>
/// <param name="Settings">What the run can be replayed with, by name; null for a run that does not keep what it released.</param>
public sealed record LedgerHeader(string Run, bool IsPrivate, IReadOnlyList<PlannedDraws> Plan, IReadOnlyDictionary<string, string>? Settings = null)
{
    /// <summary>How many sums a draw of a group has released, where they are kept: its scalars, or the coordinates of its vector, one for each direction.</summary>
    /// <exception cref="FormatException">The settings do not say it.</exception>
    internal int SumsOf(int group) => Plan[group].Terms is { Kind: ReleaseKind.Scalar } scalars
        ? scalars.PerDraw
        : int.TryParse(Settings?.GetValueOrDefault("directions"), CultureInfo.InvariantCulture, out var directions) ? directions : throw new FormatException("sums of a vector whose length is not known");

    /// <summary>A fresh random name for a run.</summary>
    public static string NewRun() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
}
