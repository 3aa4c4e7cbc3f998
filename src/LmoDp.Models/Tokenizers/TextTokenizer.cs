using System.Text;

namespace LmoDp.Models.Tokenizers;

/// <summary>Turns text into the token ids of a model and back. Safe for use by several threads at once.</summary>
public abstract class TextTokenizer
{
    private readonly TokenizerFiles files;

    private protected TextTokenizer(TokenizerFiles files) => this.files = files;

    /// <summary>One more than the largest id.</summary>
    public abstract int VocabSize { get; }

    /// <summary>Opens a text that a model goes on with: <c>&lt;s&gt;</c> or <c>&lt;|endoftext|&gt;</c>; null for models that do not generate.</summary>
    public virtual int? BosId => null;

    /// <summary>Ends a text that a model writes: <c>&lt;/s&gt;</c> or <c>&lt;|endoftext|&gt;</c>; null for models that do not generate.</summary>
    public virtual int? EosId => null;

    /// <summary>Fills sequences up to a common length.</summary>
    public abstract int PadId { get; }

    /// <summary>Special tokens before the first text, between the texts of a pair, and after the last one.</summary>
    private protected abstract (IReadOnlyList<int> Before, IReadOnlyList<int> Between, IReadOnlyList<int> After) Frame { get; }

    /// <summary>The token type of a pair's second text.</summary>
    private protected virtual int SecondTokenType => 0;

    /// <summary>The ids of a text, without special tokens around it. Special tokens spelt out in the text are recognised, as Hugging Face does. Half surrogate pairs count as U+FFFD.</summary>
    public IReadOnlyList<int> Encode(string text) => EncodeWellFormed(WellFormed(text));

    /// <summary>
    /// The ids of a text, or a pair, with the special tokens: <c>[CLS] text [SEP]</c> and <c>[CLS] text [SEP] pair [SEP]</c> (BERT), <c>&lt;s&gt; text &lt;/s&gt;</c> and
    /// <c>&lt;s&gt; text &lt;/s&gt;&lt;/s&gt; pair &lt;/s&gt;</c> (RoBERTa), <c>&lt;s&gt; text</c> and <c>&lt;s&gt; text &lt;s&gt; pair</c> (Llama), none (GPT-2). What is too long is cut at
    /// the end; in a pair the longer text is cut first, down to equal lengths, as Hugging Face's fast tokenizers do (<c>longest_first</c>).
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="maxLength">The most ids, special tokens counted.</param>
    /// <exception cref="BadInputException">The special tokens alone are longer than that.</exception>
    public EncodedText Encode(string text, string? pair, int maxLength)
    {
        var (before, between, after) = Frame;
        var room = maxLength - before.Count - after.Count - (pair is null ? 0 : between.Count);
        if (room < 0)
            throw new BadInputException($"a maximum length of {maxLength} tokens leaves no room for the special tokens: use at least {maxLength - room}");
        var first = Encode(text);
        var second = pair is null ? [] : Encode(pair);
        var (keepFirst, keepSecond) = LongestFirst(first.Count, second.Count, room);
        List<int> ids = [.. before, .. first.Take(keepFirst)];
        var types = new int[maxLength - room + keepFirst + keepSecond];
        if (pair is not null)
        {
            ids.AddRange(between);
            Array.Fill(types, SecondTokenType, ids.Count, types.Length - ids.Count);
            ids.AddRange(second.Take(keepSecond));
        }
        ids.AddRange(after);
        return new EncodedText(ids, types);
    }

    /// <summary>The text that ids stand for; special tokens are left out.</summary>
    /// <exception cref="BadInputException">An id is not in the vocabulary.</exception>
    public abstract string Decode(IEnumerable<int> ids);

    /// <summary>
    /// The tokenizer of a folder: SentencePiece where there is <c>tokenizer.model</c>, byte-level BPE where there are <c>vocab.json</c> and <c>merges.txt</c> (RoBERTa's if the
    /// vocabulary has a mask, else GPT-2's), WordPiece where there is <c>vocab.txt</c>.
    /// </summary>
    /// <exception cref="BadInputException">There are no such files, or they are malformed.</exception>
    public static TextTokenizer Load(string folder)
    {
        var files = TokenizerFiles.Read(folder);
        if (files.Contains(TokenizerFiles.SentencePieces))
            return new LlamaTextTokenizer(files);
        if (files.Contains(TokenizerFiles.Vocabulary) && files.Contains(TokenizerFiles.Merges))
        {
            var vocabulary = new ByteLevelVocabulary(files);
            return Gpt2TextTokenizer.Fits(vocabulary) ? new Gpt2TextTokenizer(files, vocabulary) : new RobertaTextTokenizer(files, vocabulary);
        }
        if (files.Contains(TokenizerFiles.WordPieces))
            return new BertTextTokenizer(files);
        throw new BadInputException($"'{folder}' holds no tokenizer: neither {TokenizerFiles.SentencePieces}, nor {TokenizerFiles.Vocabulary} with {TokenizerFiles.Merges}, nor {TokenizerFiles.WordPieces}");
    }

    /// <summary>Puts the tokenizer's files into a folder, complete for this program and for Hugging Face transformers.</summary>
    /// <param name="folder">It must exist; files of the same names are replaced.</param>
    /// <param name="maxTokens">The longest input of the model, recorded as <c>model_max_length</c> where the files do not say one yet.</param>
    public void Save(string folder, int? maxTokens = null) => files.Write(folder, DefaultSettings(maxTokens), SpecialTokenNames, FastTokenizer);

    /// <summary>The ids of text without half surrogate pairs.</summary>
    private protected abstract IReadOnlyList<int> EncodeWellFormed(string text);

    /// <summary>Name of each role, as special_tokens_map.json has it.</summary>
    private protected abstract IReadOnlyDictionary<string, string> SpecialTokenNames { get; }

    /// <summary>Hugging Face's name of the tokenizer.</summary>
    private protected abstract string ClassName { get; }

    /// <summary>Whether text is made lower case; null where that is no choice.</summary>
    private protected virtual bool? LowerCase => null;

    /// <summary>The text of tokenizer.json where the other files do not say everything to Hugging Face; else null.</summary>
    private protected virtual string? FastTokenizer => null;

    private Dictionary<string, object> DefaultSettings(int? maxTokens)
    {
        var settings = new Dictionary<string, object> { ["tokenizer_class"] = ClassName };
        if (LowerCase is { } lowerCase)
            settings["do_lower_case"] = lowerCase;
        if (maxTokens is { } most)
            settings["model_max_length"] = most;
        foreach (var (role, token) in SpecialTokenNames)
            settings[role] = token;
        return settings;
    }

    /// <summary>How many ids of two texts are kept in so much room: the longer text is cut first, down to equal lengths.</summary>
    internal static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        var (shorter, longer) = (Math.Min(first, second), Math.Max(first, second));
        if (shorter + longer > room)
        {
            shorter = Math.Min(shorter, room / 2);
            longer = room - shorter;
        }
        return first > second ? (longer, shorter) : (shorter, longer);
    }

    private static string WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)); // replaces each half by U+FFFD
            i++;
        }
        return text;
    }
}
