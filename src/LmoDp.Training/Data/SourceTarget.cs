namespace LmoDp.Training.Data;

/// <summary>
/// A text and what is to be written for it. As a prompt (Li et al. 2022) it is source, separator, target, end; the loss is on the target and the end only. One example is one pair, also where
/// several people wrote a target for one source.
/// </summary>
/// <param name="Source">What is given; never empty.</param>
/// <param name="Target">What is to be written; in DART's test set one is empty.</param>
/// <param name="Unit">Whose row this is, where the unit of privacy is more than a row; else null.</param>
public sealed record SourceTarget(string Source, string Target, string? Unit);
