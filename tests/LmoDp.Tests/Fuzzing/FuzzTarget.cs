namespace LmoDp.Tests.Fuzzing;

/// <summary>A reader of files that somebody else wrote.</summary>
/// <param name="Name">What is read.</param>
/// <param name="File">Where the damaged file is put; the folder holds all else that the reader needs.</param>
/// <param name="Corpus">Sound files.</param>
/// <param name="Read">Reads it.</param>
/// <param name="Seal">Makes the file of a damaged content: gives it the checksums and lengths that let it through to what comes after them. Null where the content is the file.</param>
/// <param name="Share">Cases of this reader for a thousand of the quickest ones.</param>
internal sealed record FuzzTarget(string Name, string File, IReadOnlyList<byte[]> Corpus, Action Read, Func<byte[], byte[]>? Seal = null, int Share = 1000);

/// <summary>What came of a reader's cases.</summary>
/// <param name="Cases">How many.</param>
/// <param name="Refused">Ended with one line.</param>
/// <param name="MostAllocated">Bytes, in one case.</param>
/// <param name="Slowest">The longest case.</param>
internal sealed record FuzzReport(int Cases, int Refused, long MostAllocated, TimeSpan Slowest);
