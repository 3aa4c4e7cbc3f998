using LmoDp.Training.Data;
using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class GenerationTaskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    // The rows of E2E's training file are shuffled: hardly any neighbours have one meaning.
    [InlineData("e2e", "train.csv", 42_057, 42_061)]
    [InlineData("e2e", "dev.csv", 547, 4_672)]
    [InlineData("e2e", "test.csv", 630, 4_693)]
    [InlineData("dart", "dart-v1.1.1-full-dev.json", 2_768, 6_980)]
    [InlineData("dart", "dart-v1.1.1-full-test.json", 5_097, 12_552)]
    [InlineData("dart", "dart-webnlg-train.json", 6_940, 18_102)]
    public void RealDataHaveTheDocumentedCounts(string task, string file, int inputs, int pairs)
    {
        var data = GenerationTask.Named(task).Read(SharedData.Require("data", task, file));
        Assert.Equal((inputs, pairs, pairs), (data.ReferenceGroups.Count, data.Count, data.Units.Count));
        Assert.Equal(file.EndsWith("test.json", StringComparison.Ordinal) ? 1 : 0, data.Examples.Count(pair => pair.Target.Length == 0));
        Assert.DoesNotContain(data.ReferenceGroups, group => group.References.Any(string.IsNullOrWhiteSpace));
    }

    [Theory]
    [InlineData("e2e", 42_061, 4_672, 4_693)]
    [InlineData("dart", 18_102, 6_980, 12_552)]
    public void ATaskKnowsItsFiles(string task, int train, int dev, int test)
    {
        var data = SharedData.Require("data", task);
        Assert.Equal(train, GenerationTask.Named(task).ReadTrain(data).Count);
        Assert.Equal([("", dev), ("Test", test)], GenerationTask.Named(task).ReadEvaluation(data).Select(set => (set.MetricSuffix, set.Data.Count)));
    }

    [Theory]
    [InlineData("train.csv", 4_862)]
    [InlineData("dev.csv", 547)]
    [InlineData("test.csv", 630)]
    public void AnE2eSourceStandsForOneMeaning(string file, int meanings)
        => Assert.Equal(meanings, GenerationTask.E2e.Read(SharedData.Require("data", "e2e", file)).Examples.Select(pair => pair.Source).Distinct().Count());

    [Fact]
    public void E2eReferencesAreThoseOfTheReferenceMetrics()
    {
        var groups = GenerationTask.E2e.Read(SharedData.Require("data", "e2e", "test.csv")).ReferenceGroups;
        var metrics = SharedData.Require("goldens", "metrics");
        var judged = JudgedFiles.Read(Path.Combine(metrics, "e2e-test-refs.txt"), Path.Combine(metrics, "sys-constant.txt"));
        Assert.Equal(judged.Select(text => text.References), groups.Select(group => group.References));
    }

    [Fact]
    public void AnE2eMeaningIsASource()
    {
        folder.Write("devset.csv", """
            mr,ref
            "name[The Vaults], eatType[pub], priceRange[more than £30], customer rating[5 out of 5], near[Café Adriatic]",Dear.  Prices start at £30.
            "name[The Vaults], eatType[pub], priceRange[more than £30], customer rating[5 out of 5], near[Café Adriatic]"," A dear pub.
            "
            "name[Blue Spice], area[city centre], familyFriendly[no]",Not for children.
            "name[The Vaults], eatType[pub], priceRange[more than £30], customer rating[5 out of 5], near[Café Adriatic]",Again.

            """);
        var (suffix, data) = Assert.Single(GenerationTask.E2e.ReadEvaluation(folder.Path));
        const string vaults = "name : The Vaults | Type : pub | price : more than £30 | customer rating : 5 out of 5 | near : Café Adriatic";
        Assert.Equal(("", "devset.csv", 4), (suffix, data.Name, data.Count));
        Assert.Equal(new SourceTarget(vaults, "Dear. Prices start at £30.", null), data.Examples[0]);
        Assert.Equal([vaults, "name : Blue Spice | area : city centre | family friendly : no", vaults], data.ReferenceGroups.Select(group => group.Source));
        Assert.Equal([["Dear. Prices start at £30.", "A dear pub."], ["Not for children."], ["Again."]], data.ReferenceGroups.Select(group => group.References));
    }

    [Theory]
    [InlineData("mr,ref\nThe Vaults,A pub.\n", "line 2: column 'mr' is not of the form name[value]")]
    [InlineData("mr,ref\n\"name[x] area[y]\",A pub.\n", "line 2: column 'mr' is not of the form name[value]")]
    [InlineData("mr,ref\nname[x],\n", "line 2: column 'ref' is empty")]
    [InlineData("mr,text\nname[x],A pub.\n", "there is no column 'ref'")]
    [InlineData("mr,ref\n", "there is no row below the header")]
    public void E2eRowsThatDoNotFitAreRefused(string content, string message)
        => Assert.Contains(message, Assert.Throws<BadInputException>(() => GenerationTask.E2e.Read(folder.Write("e.csv", content))).Message, StringComparison.Ordinal);

    /// <summary>As editors on Windows write it.</summary>
    [Fact]
    public void AByteOrderMarkBeforeADartFileIsDropped()
    {
        var file = folder.Write("d.json", "\uFEFF[{\"tripleset\": [[\"A\", \"B\", \"C\"]], \"annotations\": [{\"text\": \"a\"}]}]");
        Assert.Equal("A : b : C", Assert.Single(GenerationTask.Dart.Read(file).Examples).Source);
        Assert.Equal(0xEF, File.ReadAllBytes(file)[0]);
    }

    [Fact]
    public void ADartTripleSetIsASource()
    {
        folder.Write("dart-webnlg-train.json", """
            [{"tripleset": [["Mars Hill College", "JOINED", "1973"], ["Mars  Hill College", "LOCATION", "Mars Hill"]], "subtree_was_extended": true,
              "annotations": [{"source": "x", "text": "It joined\n in 1973."}, {"source": "x", "text": ""}]},
             {"tripleset": [["a", "B", "C"]], "annotations": [{"text": "one"}]},
             {"tripleset": [["a", "B", "C"]], "annotations": [{"text": " "}]}]
            """);
        var data = GenerationTask.Dart.ReadTrain(folder.Path);
        const string college = "Mars Hill College : joined : 1973 | Mars Hill College : location : Mars Hill";
        Assert.Equal([new(college, "It joined in 1973.", null), new(college, "", null), new("a : b : C", "one", null), new SourceTarget("a : b : C", "", null)], data.Examples);
        // Equal triple sets of two entries stay two inputs; an empty reference goes where there is another.
        Assert.Equal([["It joined in 1973."], ["one"], [""]], data.ReferenceGroups.Select(group => group.References));
    }

    [Theory]
    [InlineData("[", "line 1: not valid JSON")]
    [InlineData("{}", "not a JSON array of entries")]
    [InlineData("[]", "not a JSON array of entries")]
    [InlineData("[1]", "entry 1: it is no object")]
    [InlineData("[{\"tripleset\": [[\"a\", \"b\", \"c\"]]}]", "entry 1: 'annotations' is not an array")]
    [InlineData("[{\"tripleset\": [], \"annotations\": [{\"text\": \"t\"}]}]", "entry 1: 'tripleset' is not an array with something in it")]
    [InlineData("[{\"tripleset\": [[\"a\", \"b\"]], \"annotations\": [{\"text\": \"t\"}]}]", "entry 1: a triple is not an array of subject, relation and object")]
    [InlineData("[{\"tripleset\": [[\"a\", \"b\", 1]], \"annotations\": [{\"text\": \"t\"}]}]", "entry 1: a text is not a string")]
    [InlineData("[{\"tripleset\": [[\"a\", \"b\", \"c\"]], \"annotations\": [{\"source\": \"t\"}]}]", "entry 1: an annotation has no 'text'")]
    [InlineData("[{\"tripleset\": [[\"a\", \"b\", \"\\ud800\"]], \"annotations\": [{\"text\": \"t\"}]}]", "entry 1: a text holds bytes or halves")]
    public void DartFilesThatDoNotFitAreRefused(string content, string message)
    {
        var fault = Assert.Throws<BadInputException>(() => GenerationTask.Dart.Read(folder.Write("d.json", content)));
        Assert.StartsWith("d.json", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheUsersRowsHaveASourceATargetAndPerhapsAUnit()
    {
        var task = GenerationTask.Custom("question", "answer", "customer");
        var rows = folder.Write("q.jsonl", """
            {"customer": "ann", "question": "Why?", "answer": " So. "}
            {"customer": "bob", "question": "Why?", "answer": "Not\nso."}
            {"customer": "ann", "question": "How?", "answer": "Thus."}
            """);
        var data = task.Read(rows);
        Assert.Equal([new("Why?", "So.", "ann"), new("Why?", "Not\nso.", "bob"), new SourceTarget("How?", "Thus.", "ann")], data.Examples);
        Assert.Equal([[0, 2], [1]], data.Units);
        Assert.Equal([["So.", "Not\nso."], ["Thus."]], data.ReferenceGroups.Select(group => group.References));
        var shares = new UnitsOfPrivacy(data);
        Assert.Equal((2, 0.5, 1.0), (shares.Count, shares.Share(2), shares.Share(1)));
        Assert.Equal(3, GenerationTask.Custom("question", "answer", null).Read(rows).Units.Count);
    }

    [Theory]
    [InlineData("question,answer\n,So.\n", "line 2: column 'question' is empty")]
    [InlineData("question,answer\nWhy?, \n", "line 2: column 'answer' is empty")]
    [InlineData("question,reply\nWhy?,So.\n", "there is no column 'answer'")]
    public void TheUsersRowsThatDoNotFitAreRefused(string content, string message)
    {
        var task = GenerationTask.Custom("question", "answer", null);
        Assert.Contains(message, Assert.Throws<BadInputException>(() => task.Read(folder.Write("q.csv", content))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotWorkIsRefused()
    {
        Assert.Contains("different columns", Assert.Throws<BadInputException>(() => GenerationTask.Custom("a", "a", null)).Message, StringComparison.Ordinal);
        Assert.Contains("different columns", Assert.Throws<BadInputException>(() => GenerationTask.Custom("a", "b", "b")).Message, StringComparison.Ordinal);
        Assert.Contains("unknown task 'webnlg'", Assert.Throws<BadInputException>(() => GenerationTask.Named("webnlg")).Message, StringComparison.Ordinal);
        Assert.EndsWith("there is no file 'train.csv' or 'trainset.csv'", Assert.Throws<BadInputException>(() => GenerationTask.E2e.ReadTrain(folder.Path)).Message, StringComparison.Ordinal);
        Assert.EndsWith("there is no file 'dart-v1.1.1-full-dev.json'", Assert.Throws<BadInputException>(() => GenerationTask.Dart.ReadEvaluation(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("there is no file", Assert.Throws<BadInputException>(() => GenerationTask.Dart.Read(folder.File("none.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDigestChangesWithAnyRow()
    {
        SourceTarget[] rows = [new("ab", "c", null), new("d", "e", null)];
        SourceTarget[][] others =
        [
            [rows[0]],
            [rows[1], rows[0]],
            [rows[0] with { Source = "a", Target = "bc" }, rows[1]],
            [rows[0], rows[1] with { Target = "" }],
            [rows[0] with { Unit = "u" }, rows[1] with { Unit = "v" }],
        ];
        var digests = others.Append(rows).Select(Digest).ToList();
        Assert.Equal(digests.Count, digests.Distinct().Count());
        Assert.Equal(digests[^1], Digest([.. rows]));

        static string Digest(SourceTarget[] pairs) => Convert.ToHexString(new GenerationDataset("d", pairs.Select(pair => new[] { pair })).Digest.Span);
    }
}
