using System.Text.RegularExpressions;

namespace LmoDp.Training.Data;

/// <summary>
/// E2E NLG's files: a column mr such as <c>name[Blue Spice], eatType[coffee shop]</c>, a column ref with one text for it. A source is written as in Li et al. (2022): <c>name : Blue Spice | Type :
/// coffee shop</c>. Neighbouring rows with one mr are references of one input. Runs of white space become one blank.
/// </summary>
internal static partial class E2eFile
{
    private static readonly string[] Columns = ["mr", "ref"];

    public static GenerationDataset Read(string path)
    {
        var file = TabularFile.Open(path);
        return new GenerationDataset(file.Name, GenerationTask.Neighbours(file.ReadFilled(Columns).Select(row
            => (row.Fields[0], new SourceTarget(Source(file, row), OneLine.Of(row.Fields[1]), null)))));
    }

    private static string Source(TabularFile file, TabularRow row)
    {
        var attributes = Attribute().Matches(row.Fields[0]);
        if (attributes.Sum(attribute => attribute.Length) != row.Fields[0].Length || attributes.Count == 0)
            throw file.Fault(row.Line, "column 'mr' is not of the form name[value], name[value]");
        return string.Join(" | ", attributes.Select(attribute => $"{Name(attribute.Groups[1].Value)} : {OneLine.Of(attribute.Groups[2].Value)}"));
    }

    private static string Name(string attribute) => attribute switch
    {
        "eatType" => "Type",
        "priceRange" => "price",
        "familyFriendly" => "family friendly",
        _ => attribute,
    };

    [GeneratedRegex(@"\G([^\[\],]+)\[([^\]]*)\](?:, ?|$)")]
    private static partial Regex Attribute();
}
