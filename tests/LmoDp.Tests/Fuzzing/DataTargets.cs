using LmoDp.Training.Data;
using LmoDp.Training.Metrics;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Readers of data.</summary>
internal static class DataTargets
{
    private static readonly ClassificationTask Labelled = ClassificationTask.Custom("text", null, "label", ["no", "yes"], "who");

    public static FuzzTarget Tsv(FuzzTargets targets) => Rows(targets, "rows.tsv", "text\tlabel\twho\na \"good\" film\tyes\tann\nbad\tno\tbob\n", "label\tother\twho\ttext\r\nno\t\tx\ty é好\r\n");

    public static FuzzTarget Csv(FuzzTargets targets) => Rows(targets, "rows.csv", "text,label,who\n\"a \"\"good\"\", long\nfilm\",yes,ann\nbad,no,bob\n", "who,text,label\r\nx,\"y, é好\",no\r\n\r\n");

    public static FuzzTarget JsonLines(FuzzTargets targets) => Rows(targets, "rows.jsonl", "{\"text\":\"a good film\",\"label\":\"yes\",\"who\":\"ann\"}\n{\"text\":\"\\u00e9\",\"label\":\"no\",\"who\":12.5}\n");

    public static FuzzTarget Dart(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("dart"), "dart.json");
        return new FuzzTarget("DART", file, FuzzTargets.Texts(
            """[{"tripleset":[["Mars Hill","JOINED","1973"],["a","B","c"]],"subtree_was_extended":true,"annotations":[{"source":"x","text":"A school."},{"source":"y","text":"It joined."}]},{"tripleset":[["d","E","f"]],"annotations":[{"text":""}]}]"""),
            () => GenerationTask.Dart.Read(file));
    }

    public static FuzzTarget E2e(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("e2e"), "e2e.csv");
        return new FuzzTarget("E2E", file, FuzzTargets.Texts("mr,ref\n\"name[Blue Spice], eatType[coffee shop]\",A coffee shop.\n\"name[Blue Spice], eatType[coffee shop]\",\"Spice, blue.\"\nname[X],Y\n"),
            () => GenerationTask.E2e.Read(file));
    }

    /// <summary>The outputs are damaged, the references not.</summary>
    public static FuzzTarget Judged(FuzzTargets targets)
    {
        var (file, references) = (Path.Combine(targets.Folder("metrics"), "outputs.txt"), Path.Combine(targets.Folder("metrics"), "references.txt"));
        File.WriteAllText(references, "a b\nc d\n\ne f\n");
        return new FuzzTarget("metrics", file, FuzzTargets.Texts("a b .\ne é好\n"), () => JudgedFiles.Read(references, file));
    }

    private static FuzzTarget Rows(FuzzTargets targets, string name, params string[] texts)
    {
        var file = Path.Combine(targets.Folder(name), name);
        return new FuzzTarget(name, file, FuzzTargets.Texts(texts), () =>
        {
            Labelled.Read(file);
            ClassificationTask.ReadTexts(file, "text", null);
        });
    }
}
