namespace LmoDp.Models.Tokenizers;

/// <summary>What a model reads for a text or a pair of texts: token ids with the special tokens in place.</summary>
/// <param name="Ids">Token ids, without padding.</param>
/// <param name="TokenTypes">For each id 0, or 1 in the second text where the model tells the two apart.</param>
public sealed record EncodedText(IReadOnlyList<int> Ids, IReadOnlyList<int> TokenTypes);
