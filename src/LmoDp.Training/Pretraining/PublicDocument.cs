namespace LmoDp.Training.Pretraining;

/// <summary>A document of public text.</summary>
/// <param name="Ids">Token ids, without special tokens.</param>
/// <param name="Rating">The rating that its author states in it, from 0 to 1 (<see cref="StatedRating"/>); null where there is none.</param>
public sealed record PublicDocument(int[] Ids, double? Rating = null);
