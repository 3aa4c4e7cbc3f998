using System.Globalization;
using System.Text;

namespace LmoDp.Training.Record;

/// <summary>
/// The page beside a model that Hugging Face shows, <c>README.md</c>: its section on privacy stands between two marks. What somebody else wrote in the file stays as it is; only what is between the marks is
/// replaced.
/// </summary>
public static class ModelCard
{
    /// <summary>The page's file name.</summary>
    public const string FileName = "README.md";

    private const string Begin = "<!-- lmodp: privacy of this model -->", End = "<!-- lmodp: end -->";
    private const int LargestFile = 1 << 24;

    /// <summary>Writes the section into the page of a folder, which is made if there is none. A page that is no text, or has one mark without the other, is left alone: where its section ends, nobody knows.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="record">What the section says.</param>
    public static void Write(string folder, RunRecord record)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var page = File.Exists(path) ? BoundedFile.ReadText(path, LargestFile) : null;
            if (page is null || Place(page) is not null || !HasMark(page))
                AtomicFile.WriteText(path, With(page, record));
        }
        catch (BadInputException)
        {
            // Somebody's own file.
        }
    }

    /// <summary>Whether a folder's page says of the model's privacy what a record says, once and between whole marks, or has no mark at all. Line endings may have changed on the way.</summary>
    /// <exception cref="BadInputException">The page cannot be read.</exception>
    public static bool Agrees(string folder, RunRecord record)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return true;
        var page = BoundedFile.ReadText(path, LargestFile);
        if (Place(page) is not { } place)
            return !HasMark(page);
        return page[place].ReplaceLineEndings("\n") == Section(record) && !HasMark(page[..place.Start]) && !HasMark(page[place.End..]);
    }

    private static bool HasMark(string text) => text.Contains(Begin, StringComparison.Ordinal) || text.Contains(End, StringComparison.Ordinal);

    private static string With(string? page, RunRecord record)
    {
        if (page is null)
            return Front(record) + Section(record) + "\n";
        if (Place(page) is { } place)
            return page[..place.Start] + Section(record) + page[place.End..];
        return page + (page.EndsWith('\n') ? "\n" : "\n\n") + Section(record) + "\n";
    }

    private static Range? Place(string page)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : page.IndexOf(End, begin, StringComparison.Ordinal);
        return end < 0 ? null : begin..(end + End.Length);
    }

    private static string Front(RunRecord record)
    {
        var tags = record.Privacy is { IsPrivate: true } ? "tags:\n- differential-privacy\n" : "";
        return $"---\nlibrary_name: transformers\n{tags}---\n\n# {RunPage.OneLine(record.Model)} for {RunPage.OneLine(record.Task)}\n\nA fine-tuned model in the layout of Hugging Face transformers. [run.md]({RunRecord.PageFileName}) has its settings and results.\n\n";
    }

    private static string Section(RunRecord record)
    {
        var section = new StringBuilder(Begin).Append('\n');
        section.Append("## Privacy of the training data\n\n");
        if (record.Privacy is not { } statement)
            return section.Append("This model was trained **without privacy**: whoever has it may learn what stood in its training data.\n").Append(End).ToString();
        if (statement.IsPrivate)
            section.Append("This model was trained with differential privacy: what it, and all that is computed from it, can tell about the presence of any one unit of the training data is bounded as follows, whatever else is known.\n\n");
        RunPage.AppendGuarantee(section, statement, "###");
        RunPage.Table(section, "### Versions", record.Versions.Select(version => (version.Key, version.Value)));
        section.Append(CultureInfo.InvariantCulture, $"The same as data: [{DpStatement.FileName}]({DpStatement.FileName}). With the run's folder, `lmodp check` computes epsilon anew from the ledger of all releases, and compares the weights with the statement.\n");
        return section.Append(End).ToString();
    }
}
