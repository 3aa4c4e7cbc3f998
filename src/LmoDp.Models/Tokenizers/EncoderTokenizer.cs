namespace LmoDp.Models.Tokenizers;

/// <summary>A tokenizer of encoders: every sequence has special tokens around it, and there is one for what is to be guessed.</summary>
public abstract class EncoderTokenizer : TextTokenizer
{
    private protected EncoderTokenizer(TokenizerFiles files) : base(files)
    {
    }

    /// <summary>Opens every sequence: <c>&lt;s&gt;</c> or <c>[CLS]</c>.</summary>
    public abstract int ClsId { get; }

    /// <summary>Ends every text: <c>&lt;/s&gt;</c> or <c>[SEP]</c>.</summary>
    public abstract int SepId { get; }

    /// <summary>Stands for a token to be guessed.</summary>
    public abstract int MaskId { get; }

    /// <summary>Stands for what the vocabulary cannot spell.</summary>
    public abstract int UnkId { get; }

    /// <summary>Special tokens between two texts of a pair.</summary>
    private protected abstract int SeparatorsInPair { get; }

    private protected sealed override (IReadOnlyList<int> Before, IReadOnlyList<int> Between, IReadOnlyList<int> After) Frame => ([ClsId], [.. Enumerable.Repeat(SepId, SeparatorsInPair)], [SepId]);

    /// <summary>The tokenizer of an encoder's folder.</summary>
    /// <exception cref="BadInputException">There is none, or it is malformed, or of another kind of model.</exception>
    public static new EncoderTokenizer Load(string folder) =>
        TextTokenizer.Load(folder) as EncoderTokenizer ?? throw new BadInputException($"'{folder}' holds the tokenizer of a decoder; an encoder's (BERT, RoBERTa) is needed");
}
