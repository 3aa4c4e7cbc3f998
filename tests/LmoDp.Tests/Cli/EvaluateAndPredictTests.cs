using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class EvaluateAndPredictTests : IDisposable
{
    private const string Rows = "text,label\na good film,yes\na bad film,no\ngood films,yes\nbad,no\n";
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public EvaluateAndPredictTests() => model = TinyClassifier.Write(folder.File("model"), "no", "yes");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Accuracy_is_the_share_of_predictions_that_are_right()
    {
        var file = folder.Write("rows.csv", Rows);
        var evaluated = Invocation.InGerman("evaluate", "--model", model, "--task", "text-classification", "--data", file, "--json").Json();
        var predicted = Invocation.InGerman("predict", "--model", model, "--file", file, "--json").Json().GetProperty("predictions").EnumerateArray().ToArray();

        string[] truth = ["yes", "no", "yes", "no"];
        var right = predicted.Zip(truth).Count(pair => pair.First.GetProperty("label").GetString() == pair.Second);
        Assert.Equal(right / 4.0, evaluated.GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.InRange(evaluated.GetProperty("metrics").GetProperty("f1").GetDouble(), 0, 1);
        Assert.Equal(4, evaluated.GetProperty("examples").GetProperty("rows.csv").GetInt32());
    }

    [Fact]
    public void Probabilities_add_up_and_the_label_is_the_likeliest()
    {
        var json = Invocation.Of("predict", "--model", model, "--text", "a good film", "--json").Json();
        Assert.Equal(["no", "yes"], json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()));
        var prediction = Assert.Single(json.GetProperty("predictions").EnumerateArray());
        var probabilities = prediction.GetProperty("probabilities").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(1, probabilities.Sum(), 1e-6);
        Assert.Equal(probabilities.Max(), prediction.GetProperty("probability").GetDouble());
        Assert.Equal(probabilities[0] > probabilities[1] ? "no" : "yes", prediction.GetProperty("label").GetString());
        Assert.Equal("a good film", prediction.GetProperty("text").GetString());
    }

    [Fact]
    public void Text_files_are_read_line_by_line()
    {
        var lines = Invocation.Of("predict", "--model", model, "--file", folder.Write("new.txt", "a good film\nbad\n")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^(no|yes)\t\d+\.\d %\ta good film\r?$", lines[0]);
    }

    [Theory]
    [InlineData("give one of --text and --file")]
    [InlineData("give one of --text and --file", "--text", "x", "--file", "y")]
    [InlineData("--file: there is no file 'nowhere.csv'", "--file", "nowhere.csv")]
    [InlineData("--text is empty", "--text", " ")]
    public void Bad_texts_are_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.Of(["predict", "--model", model, .. arguments, "--json"]).Complaint());

    [Fact]
    public void Texts_cannot_be_longer_than_the_model_takes()
    {
        Assert.Contains("--max-tokens 4096 is more than the model takes: give at most 32", Invocation.Of("predict", "--model", model, "--text", "x", "--max-tokens", "4096").Complaint());
        Assert.Contains("--max-tokens 4096 is more", Invocation.Of("evaluate", "--model", model, "--task", "text-classification", "--data", folder.Write("rows.csv", Rows), "--max-tokens", "4096").Complaint());
    }

    [Fact]
    public void Bad_files_are_one_line()
    {
        Assert.Contains("line 2 is empty", Invocation.Of("predict", "--model", model, "--file", folder.Write("new.txt", "a\n\nb\n")).Complaint());
        Assert.Contains("review", Invocation.Of("predict", "--model", model, "--file", folder.Write("new.csv", Rows), "--text-column", "review").Complaint());
        Assert.Contains("maybe", Evaluate("text-classification", folder.Write("odd.csv", "text,label\na film,maybe\n")).Complaint());
        Assert.Contains("there is no file", Evaluate("text-classification", "nowhere.csv").Complaint());
        Assert.Contains("there is no folder", Evaluate("sst2", "nowhere").Complaint());
        Assert.Contains("did you mean 'sst2'", Evaluate("sst-2", ".").Complaint());
        Assert.Contains("the model's labels are no, yes, but those of sst2 are negative, positive", Evaluate("sst2", folder.Path).Complaint());
    }

    [Fact]
    public void A_damaged_model_is_one_line()
    {
        var weights = Path.Combine(model, "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
        Assert.Contains("model.safetensors", Invocation.Of("predict", "--model", model, "--text", "x", "--json").Complaint());
    }

    [Fact]
    public void A_tokenizer_of_another_model_is_one_line()
    {
        File.AppendAllText(Path.Combine(model, "vocab.txt"), "more\n");
        Assert.Contains("the tokenizer has ids up to 10, but the model's vocab_size is 10", Invocation.Of("predict", "--model", model, "--text", "x", "--json").Complaint());
    }

    private Invocation Evaluate(string task, string data) => Invocation.Of("evaluate", "--model", model, "--task", task, "--data", data, "--json");
}
