using LmoDp.Training.Data;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class ClassificationTaskTests : IDisposable
{
    private static readonly ClassificationTask Reviews = ClassificationTask.Custom("review", null, "verdict", ["bad", "good"], null);
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("sst2", "train.tsv", new[] { 29_780, 37_569 })]
    [InlineData("sst2", "dev.tsv", new[] { 428, 444 })]
    [InlineData("sst2", "test_labelled.tsv", new[] { 912, 909 })]
    [InlineData("qnli", "train.tsv", new[] { 5_027, 4_972 })]
    [InlineData("qnli", "dev.tsv", new[] { 2_702, 2_761 })]
    [InlineData("qqp", "train.tsv", new[] { 6_370, 3_629 })]
    [InlineData("qqp", "dev.tsv", new[] { 25_545, 14_885 })]
    [InlineData("mnli", "train.tsv", new[] { 3_408, 3_313, 3_278 })]
    [InlineData("mnli", "dev_matched.tsv", new[] { 3_479, 3_123, 3_213 })]
    [InlineData("mnli", "dev_mismatched.tsv", new[] { 3_463, 3_129, 3_240 })]
    public void RealDataHaveTheDocumentedCounts(string task, string file, int[] counts)
    {
        var data = ClassificationTask.Named(task).Read(SharedData.Require("data", task, file));
        Assert.Equal(counts, Enumerable.Range(0, counts.Length).Select(label => data.Examples.Count(example => example.Label == label)));
        Assert.Equal(counts.Sum(), data.Examples.Count);
        Assert.Equal(counts.Sum(), data.Units.Count);
    }

    [Fact]
    public void ATaskNamesItsEvaluationSets()
    {
        var sets = ClassificationTask.Mnli.ReadEvaluation(SharedData.Require("data", "mnli"));
        Assert.Equal(["Matched", "Mismatched"], sets.Select(set => set.File.MetricSuffix));
        sets = ClassificationTask.Sst2.ReadEvaluation(SharedData.Require("data", "sst2"));
        Assert.Equal([872, 1821], sets.Select(set => set.Data.Examples.Count));
    }

    [Fact]
    public void TheLabelledTestSetMayBeAbsent()
    {
        folder.Write("dev.tsv", "sentence\tlabel\nfine \t1\n");
        var set = Assert.Single(ClassificationTask.Sst2.ReadEvaluation(folder.Path));
        Assert.Equal(new TextExample("fine", null, 1, null), Assert.Single(set.Data.Examples));
    }

    [Fact]
    public void GluesOwnLayoutsAreRead()
    {
        var qqp = folder.Write("qqp.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\ta?\tb?\t1\n4\t5\t6\tbroken\nin two\t0\n7\t8\t9\t\td?\t0\n");
        var data = ClassificationTask.Qqp.Read(qqp);
        Assert.Equal(new TextExample("a?", "b?", 1, null), Assert.Single(data.Examples));

        var mnli = folder.Write("mnli.tsv", "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label\n"
            + "0\t31193\t31193n\tgovernment\t( a )\t( b )\t(ROOT a)\t(ROOT b)\tA.\tB.\tneutral\tneutral\n");
        Assert.Equal(new TextExample("A.", "B.", 1, null), Assert.Single(ClassificationTask.Mnli.Read(mnli).Examples));

        // The development sets have five raters' labels; quotes are text; lines may end as on Windows.
        var dev = folder.Write("dev.tsv", "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\r\n"
            + "0\t6\t6e\tslate\t( a )\t( b )\t(ROOT a)\t(ROOT b)\t\"Yes,\" he said.\tHe \"agreed\tneutral\tentailment\tentailment\tentailment\tneutral\tentailment\r\n");
        Assert.Equal(new TextExample("\"Yes,\" he said.", "He \"agreed", 0, null), Assert.Single(ClassificationTask.Mnli.Read(dev).Examples));

        var qnli = folder.Write("qnli.tsv", "index\tquestion\tsentence\tlabel\n0\tWho?\tHe.\tnot_entailment\n");
        Assert.Equal(new TextExample("Who?", "He.", 1, null), Assert.Single(ClassificationTask.Qnli.Read(qnli).Examples));
    }

    [Theory]
    [InlineData("review,verdict\nfine,great\n", "line 2: column 'verdict': label 'great' is not one of 'bad', 'good'")]
    [InlineData("review,verdict\nfine,good\n  ,bad\n", "line 3: column 'review' is empty")]
    [InlineData("review,verdict\nfine,\n", "line 2: column 'verdict' is empty")]
    [InlineData("review,verdict\n", "there is no row below the header")]
    [InlineData("text,verdict\nfine,good\n", "there is no column 'review'")]
    public void RowsThatDoNotFitAreRefused(string content, string message)
    {
        var fault = Assert.Throws<BadInputException>(() => Reviews.Read(folder.Write("r.csv", content)));
        Assert.Contains("r.csv", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AUnitIsAllRowsOfOnePerson()
    {
        var task = ClassificationTask.Custom("review", "reply", "verdict", ["bad", "good"], "customer");
        var data = task.Read(folder.Write("u.csv", "customer,review,reply,verdict\nann,a,r,good\nbob,b,r,bad\nann,c,r,bad\n"));
        Assert.Equal(3, data.Examples.Count);
        Assert.Equal([[0, 2], [1]], data.Units);
        Assert.Equal("ann", data.Examples[2].Unit);
    }

    [Fact]
    public void TextsWithoutLabelsCanBeRead()
    {
        var data = ClassificationTask.ReadTexts(folder.Write("p.jsonl", "{\"review\":\"fine\"}\n{\"review\":\"poor\",\"verdict\":\"?\"}\n"), "review", null);
        Assert.Equal(["fine", "poor"], data.Examples.Select(example => example.Text));
        Assert.All(data.Examples, example => Assert.Equal(TextExample.Unlabelled, example.Label));
        var pairs = folder.Write("pairs.csv", "one,label,two\nfine,,day\n");
        Assert.Equal("day", ClassificationTask.ReadTexts(pairs, "one", "two").Examples.Single().TextPair);
        Assert.Contains("'label' is empty", Assert.Throws<BadInputException>(() => ClassificationTask.ReadTexts(pairs, "one", "label")).Message);
        Assert.Contains("different columns", Assert.Throws<BadInputException>(() => ClassificationTask.ReadTexts(pairs, "one", "one")).Message);
    }

    [Theory]
    [InlineData("review", "verdict", "only")]
    [InlineData("review", "verdict", "a,")]
    [InlineData("review", "verdict", "a,a")]
    [InlineData("review", "verdict", "a,b, a")]
    [InlineData("review", "review", "a,b")]
    public void ATaskThatCannotWorkIsRefused(string text, string label, string labels)
    {
        Assert.Throws<BadInputException>(() => ClassificationTask.Custom(text, null, label, labels.Split(','), null));
    }

    [Fact]
    public void TheDigestChangesWithAnyRowTextLabelOrUnit()
    {
        TextExample[] rows = [new("ab", null, 0, null), new("c", null, 1, null)];
        TextExample[][] others =
        [
            [rows[0]],
            [rows[1], rows[0]],
            [rows[0] with { Label = 1 }, rows[1]],
            [rows[0] with { Text = "a" }, rows[1] with { Text = "bc" }],
            [rows[0] with { TextPair = "" }, rows[1]],
            [rows[0] with { Unit = "u" }, rows[1] with { Unit = "v" }],
        ];
        var digests = others.Append(rows).Select(examples => Convert.ToHexString(new TextDataset("d", examples).Digest.Span)).ToList();
        Assert.Equal(digests.Count, digests.Distinct().Count());
        Assert.Equal(digests[^1], Convert.ToHexString(new TextDataset("renamed", [.. rows]).Digest.Span));
    }

    [Fact]
    public void MetricsAgreeWithHandCounts()
    {
        int[] labels = [1, 1, 1, 0, 0, 0];
        int[] predictions = [1, 1, 0, 1, 0, 0];
        var metrics = ClassificationMetrics.Compute(predictions, labels, 2);
        Assert.Equal(4.0 / 6, metrics["accuracy"], 15);
        Assert.Equal(2 * 2 / (2 * 2 + 1 + 1.0), metrics["f1"], 15);
        Assert.Equal(0, ClassificationMetrics.F1([0, 0], [1, 0], 1));
        Assert.Equal(["accuracyMatched"], ClassificationMetrics.Compute([0], [2], 3, "Matched").Keys);
    }

    public void Dispose() => folder.Dispose();
}
