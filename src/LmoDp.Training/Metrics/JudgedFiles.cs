using LmoDp.Training.Data;

namespace LmoDp.Training.Metrics;

/// <summary>
/// Outputs and references in the layout of e2e-metrics: one output a line; references one a line, with an empty line between those of one output and those of the next. A reference file
/// without empty lines has one reference for each output; empty lines at its end do not count. White space at the ends of a line is dropped.
/// </summary>
public static class JudgedFiles
{
    /// <summary>Reads both files.</summary>
    /// <exception cref="BadInputException">A file cannot be read or is empty, an output has no references, or the files do not fit each other.</exception>
    public static IReadOnlyList<JudgedText> Read(string referencesPath, string outputsPath)
    {
        var outputs = Lines(outputsPath);
        var references = References(referencesPath);
        if (references is [{ Count: > 1 } all] && outputs.Count > 1)
            references = [.. all.Select(reference => new[] { reference })];
        if (references.Count != outputs.Count)
            throw new BadInputException(FormattableString.Invariant($"{Path.GetFileName(outputsPath)} has {outputs.Count} outputs (lines), but {Path.GetFileName(referencesPath)} has references for {references.Count}"));
        return [.. outputs.Zip(references, (output, texts) => new JudgedText(output, texts))];
    }

    private static IReadOnlyList<IReadOnlyList<string>> References(string path)
    {
        var lines = Lines(path);
        while (lines.Count > 1 && lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        var groups = new List<IReadOnlyList<string>>();
        var group = new List<string>();
        for (var i = 0; i <= lines.Count; i++)
        {
            if (i < lines.Count && lines[i].Length > 0)
            {
                group.Add(lines[i]);
                continue;
            }
            if (group.Count > 0)
                groups.Add(group);
            else if (i < lines.Count)
                throw new BadInputException(FormattableString.Invariant($"{Path.GetFileName(path)}, line {i + 1}: an empty line without references before it"));
            group = [];
        }
        return groups;
    }

    private static List<string> Lines(string path)
    {
        using var reader = new BoundedLineReader(path);
        var lines = new List<string>();
        while (reader.Read() is { } line)
            lines.Add(line.Trim());
        return lines.Count > 0 ? lines : throw new BadInputException($"{Path.GetFileName(path)}: the file is empty");
    }
}
