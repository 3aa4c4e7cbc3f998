namespace LmoDp.Training.Ledger;

/// <summary>A place in a ledger. A checkpoint keeps it, so that a ledger that was cut back or exchanged is recognised.</summary>
/// <param name="Length">Bytes up to the place.</param>
/// <param name="Hash">The chain's hash at the place, 64 hexadecimal digits.</param>
public readonly record struct LedgerPosition(long Length, string Hash);
