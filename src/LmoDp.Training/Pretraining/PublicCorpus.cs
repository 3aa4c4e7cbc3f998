using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using LmoDp.Training.Data;

namespace LmoDp.Training.Pretraining;

/// <summary>Public text as token ids, document by document. One in about a hundred is held out to measure progress.</summary>
public sealed partial class PublicCorpus
{
    /// <summary>Documents from one that is held out to the next: odd, so that among them both styles of <see cref="Documents"/> take turns.</summary>
    public const int HeldOutEvery = 101;

    private PublicCorpus(IReadOnlyList<PublicDocument> training, IReadOnlyList<PublicDocument> heldOut)
    {
        Training = training;
        HeldOut = heldOut;
    }

    /// <summary>Documents to learn from.</summary>
    public IReadOnlyList<PublicDocument> Training { get; }

    /// <summary>Documents to measure on: every 101st.</summary>
    public IReadOnlyList<PublicDocument> HeldOut { get; }

    /// <summary>Finds a path that is no file before anything is read.</summary>
    /// <exception cref="BadInputException">There is one.</exception>
    public static void RequireFiles(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            if (Directory.Exists(file))
                throw new BadInputException($"--text: '{file}' is a folder: name the files in it, such as {Path.Combine(file, "*.txt")}");
            if (!File.Exists(file))
                throw new BadInputException($"--text: there is no file '{file}'");
            try
            {
                RegularFile.Require(file);
            }
            catch (IOException e)
            {
                throw new BadInputException($"--text: '{file}' cannot be read: {e.Message}", e);
            }
        }
    }

    /// <summary>Documents of plain or gzip-compressed UTF-8 files. Empty lines separate documents; in a file without empty lines every line is one.</summary>
    /// <param name="files">Paths; <c>.gz</c> is decompressed.</param>
    /// <param name="wordTokenised">Whether to give every second document in the style of word-tokenised corpora ("it 's good ."), as public benchmarks have it.</param>
    public static IEnumerable<string> Documents(IEnumerable<string> files, bool wordTokenised)
    {
        var index = 0L;
        foreach (var file in files)
        {
            foreach (var document in Split(ReadAll(file)))
                yield return wordTokenised && index++ % 2 == 0 ? WordTokenise(document) : document;
        }
    }

    /// <summary>Encodes documents, with the ratings that they state; those of fewer than four tokens are left out.</summary>
    public static PublicCorpus Encode(IEnumerable<(string Text, double? Rating)> documents, Func<string, IReadOnlyList<int>> encode)
    {
        var all = documents.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount)
            .Select(document => new PublicDocument([.. encode(document.Text)], document.Rating))
            .Where(document => document.Ids.Length >= 4).ToList();
        if (all.Count < HeldOutEvery)
            throw new BadInputException($"the text has {all.Count} documents of four tokens or more; at least {HeldOutEvery} are needed");
        return new PublicCorpus([.. all.Where((_, i) => !IsHeldOut(i))], [.. all.Where((_, i) => IsHeldOut(i))]);

        static bool IsHeldOut(int i) => i % HeldOutEvery == HeldOutEvery - 1;
    }

    private static string ReadAll(string file)
    {
        try
        {
            using Stream raw = RegularFile.Open(file);
            using var text = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw, BoundedLineReader.StrictUtf8, detectEncodingFromByteOrderMarks: false);
            return text.ReadToEnd();
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"'{file}' is not a gzip file", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"'{file}' is not UTF-8 text: save it as UTF-8", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"cannot read '{file}': {e.Message}", e);
        }
    }

    private static string[] Split(string text)
    {
        const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        text = text.ReplaceLineEndings("\n");
        return text.Contains("\n\n", StringComparison.Ordinal) ? text.Split("\n\n", Clean) : text.Split('\n', Clean);
    }

    private static string WordTokenise(string text)
    {
        text = Punctuation().Replace(text, " $1$2 ");
        text = Negation().Replace(text, "$1 n't");
        text = Clitic().Replace(text, "$1 $2");
        return Blanks().Replace(text, " ");
    }

    [GeneratedRegex(@"(--+|\.\.+|[.,!?;:()""])(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])([(""])", RegexOptions.CultureInvariant)]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"(\w)n't\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Negation();

    [GeneratedRegex(@"(\w)('(?:s|re|ve|ll|d|m)\b)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Clitic();

    [GeneratedRegex(@" {2,}", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
