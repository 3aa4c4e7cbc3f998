using LmoDp.Tests.Models.Decoders;
using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>Models that write: fine-tuned, evaluated, used.</summary>
public sealed class WritingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model, train, test;

    public WritingTests()
    {
        model = TinyWriter.Write(folder.File("model"));
        train = folder.Write("train.csv", "source,target\n" + string.Concat(Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "ab ab,abc\n" : "cab,ba ba\n")));
        test = folder.Write("test.csv", "source,target\nab ab,abc\ncab,ba ba\ncab,ba\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void APrivateRunEndsInAModelThatWrites()
    {
        var finetuned = Invocation.InGerman("finetune", "--model", model, "--task", "text-to-text", "--train", train, "--evaluation", test, "--epsilon", "3", "--delta", "1e-5",
            "--trainable", "full", "--batch-size", "20", "--steps", "3", "--max-tokens", "40", "--seed", "1", "--output", folder.File("run"), "--json");
        Assert.Matches(@"(?s)step 3/3.*3 of 3 pairs read.*2 of 2 texts written", finetuned.Error);
        var run = finetuned.Json();
        string[] names = ["bleu", "nist", "rougeL", "cider", "meteorExactStem", "perplexity"];
        Assert.Equal(names, run.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));
        Assert.InRange(run.GetProperty("epsilon").GetDouble(), 2.99, 3);
        Assert.Contains("<|endoftext|>", File.ReadAllText(Path.Combine(folder.File("run"), "tokenizer_config.json")), StringComparison.Ordinal);

        var evaluated = Invocation.Of("evaluate", "--model", folder.File("run"), "--task", "text-to-text", "--data", test, "--json").Json(); // --max-tokens as in training
        foreach (var name in names)
            Assert.Equal(run.GetProperty("metrics").GetProperty(name).GetDouble(), evaluated.GetProperty("metrics").GetProperty(name).GetDouble(), 1e-9);
        Assert.Equal(2, evaluated.GetProperty("examples").GetProperty("test.csv").GetInt32());
    }

    /// <summary>A source that fills a text is cut as the record says; the model itself takes 48 tokens.</summary>
    [Fact]
    public void TextsAreCutAsInTraining()
    {
        var rows = folder.Write("long.csv", $"source,target\n{string.Join(' ', Enumerable.Repeat("ab", 60))},abc\n");
        double Perplexity(params string[] more) => Invocation.Of(["evaluate", "--model", model, "--task", "text-to-text", "--data", rows, "--json", .. more]).Json().GetProperty("metrics").GetProperty("perplexity").GetDouble();
        var (whole, cut) = (Perplexity(), Perplexity("--max-tokens", "20"));
        Assert.NotEqual(whole, cut, 1e-6);
        folder.Write(Path.Combine("model", "run.json"), """{ "settings": { "maxTokens": "20" } }""");
        Assert.Equal(cut, Perplexity());
        Assert.Equal(whole, Perplexity("--max-tokens", "48"));
    }

    [Fact]
    public void WithoutPrivacyItLearnsThePairs()
    {
        Assert.Equal(0, Invocation.Of("finetune", "--model", model, "--task", "text-to-text", "--train", train, "--method", "non-private", "--trainable", "full",
            "--batch-size", "40", "--steps", "80", "--learning-rate", "0.03", "--max-tokens", "40", "--output", folder.File("run")).ExitCode);
        var texts = Invocation.Of("generate", "--model", folder.File("run"), "--task", "text-to-text", "--file", test, "--max-tokens", "40", "--no-repeat-ngram", "0", "--json").Json();
        Assert.Equal(["abc", "ba ba", "ba ba"], texts.GetProperty("texts").EnumerateArray().Select(text => text.GetProperty("text").GetString()));
        Assert.Equal("abc\n", Invocation.Of("generate", "--model", folder.File("run"), "--source", "ab ab", "--max-tokens", "40", "--beams", "1").Output.ReplaceLineEndings("\n"));

        var output = folder.File("texts.txt");
        Assert.Equal(0, Invocation.Of("generate", "--model", folder.File("run"), "--file", folder.Write("sources.txt", "cab\nab ab\n"), "--max-tokens", "40", "--no-repeat-ngram", "0", "--output", output).ExitCode);
        Assert.Equal("ba ba\nabc\n", File.ReadAllText(output));
    }

    /// <summary>What is written before an interruption is kept, in whole lines and in order, but not under the name of the whole.</summary>
    [Fact]
    public async Task AnInterruptedFileKeepsItsFirstTexts()
    {
        var sources = folder.Write("sources.txt", string.Concat(Enumerable.Range(0, 400).Select(i => i % 3 == 0 ? "cab\n" : "ab ab\n")));
        string[] command = ["generate", "--model", model, "--file", sources, "--max-tokens", "12", "--output"];
        var (whole, stopped) = (folder.File("whole.txt"), folder.File("stopped.txt"));
        Assert.Equal(0, Invocation.Of([.. command, whole]).ExitCode);
        Assert.False(File.Exists(whole + ".part"));

        using var interruption = new CancellationTokenSource();
        var run = Task.Run(() => Invocation.Of(interruption.Token, [.. command, stopped]));
        SpinWait.SpinUntil(() => File.Exists(stopped + ".part") && new FileInfo(stopped + ".part").Length > 0);
        await interruption.CancelAsync();
        var ended = await run;
        Assert.Equal((1, "lmodp: interrupted"), (ended.ExitCode, ended.Error.TrimEnd().Split('\n')[^1]));
        Assert.False(File.Exists(stopped));
        var kept = File.ReadAllText(stopped + ".part");
        Assert.InRange(kept.Split('\n').Length, 2, 400);
        Assert.StartsWith(kept, File.ReadAllText(whole), StringComparison.Ordinal);
        Assert.EndsWith("\n", kept, StringComparison.Ordinal);
    }

    /// <summary>Without a model the embedded one writes; it knows words.</summary>
    [Fact]
    public void TheEmbeddedModelWrites()
    {
        var text = Invocation.Of("generate", "--prompt", "The film was", "--max-new-tokens", "12", "--beams", "1").Output;
        Assert.StartsWith("The film was ", text, StringComparison.Ordinal);
        Assert.Contains(text.Split(' '), word => word is "the" or "a" or "of" or "to" or "and");
    }

    [Fact]
    public void ARandomTextIsRepeatable()
    {
        string[] command = ["generate", "--model", model, "--prompt", "ab", "--max-tokens", "40", "--top-p", "0.9", "--seed"];
        var first = Invocation.Of([.. command, "3"]).Output;
        Assert.StartsWith("ab", first, StringComparison.Ordinal);
        Assert.Equal(first, Invocation.Of([.. command, "3"]).Output);
        Assert.NotEqual(first, Invocation.Of([.. command, "4"]).Output);
    }

    [Theory]
    [InlineData("give one of --prompt, --source and --file", "--source", "a", "--prompt", "b")]
    [InlineData("--task says what --file holds", "--source", "a", "--task", "e2e")]
    [InlineData("draws at random", "--source", "a", "--top-p", "0.9", "--beams", "3")]
    [InlineData("too many for a vocabulary", "--source", "a", "--beams", "500", "--max-tokens", "20")]
    [InlineData("--length-penalty needs", "--source", "a", "--beams", "1", "--length-penalty", "0.5")]
    [InlineData("leave no room for a source", "--source", "a", "--max-new-tokens", "100")]
    [InlineData("--max-tokens 100 is more than the model takes: give at most 48", "--source", "a", "--max-tokens", "100")]
    [InlineData("name a file in a folder that exists", "--source", "a", "--output", "FOLDER/none/texts.txt")]
    [InlineData("name a file", "--source", "a", "--output", "FOLDER")]
    [InlineData("--task is missing", "--file", "FOLDER/train.csv")]
    [InlineData("unknown task 'sst2'", "--file", "FOLDER/train.csv", "--task", "sst2")]
    public void BadRequestsToWriteAreOneLine(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.Of(["generate", "--model", model, .. arguments.Select(argument => argument.Replace("FOLDER", folder.Path, StringComparison.Ordinal))]).Complaint());

    /// <summary>A request that is refused leaves no file.</summary>
    [Fact]
    public void ARefusedRequestLeavesNoFile()
    {
        Assert.Contains("give at most", Invocation.Of("generate", "--model", model, "--source", "a", "--max-tokens", "100", "--output", folder.File("texts.txt")).Complaint());
        Assert.Empty(Directory.GetFiles(folder.Path, "texts*"));
    }

    [Theory]
    [InlineData("--labels is for", "--task", "text-to-text", "--train", "FOLDER/train.csv", "--labels", "a,b")]
    [InlineData("--label-column is for --task text-classification", "--task", "text-to-text", "--train", "FOLDER/train.csv", "--label-column", "x")]
    [InlineData("--source-column is for --task text-to-text", "--task", "text-classification", "--train", "FOLDER/train.csv", "--labels", "a,b", "--source-column", "x")]
    [InlineData("--trainable head", "--task", "text-to-text", "--train", "FOLDER/train.csv", "--trainable", "head")]
    public void BadTasksAreOneLine(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.Of(["finetune", "--model", model, "--epsilon", "1", "--delta", "1e-5", "--output", folder.File("out"),
            .. arguments.Select(argument => argument.Replace("FOLDER", folder.Path, StringComparison.Ordinal))]).Complaint());
}
