using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>Classification by the gap of a prompt, on the command line.</summary>
public sealed class PromptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string rows;
    private readonly string[] run;

    public PromptTests()
    {
        rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        run =
        [
            "finetune", "--task", "text-classification", "--train", rows, "--evaluation", rows, "--labels", "no,yes", "--epsilon", "2", "--delta", "1e-5", "--batch-size", "5", "--steps", "2",
            "--max-tokens", "24", "--seed", "1", "--output", folder.File("out"),
        ];
    }

    private static readonly string[] Prompt = ["--prompt", "{text} it was {mask}.", "--verbalisers", "terrible,great"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("dp-sgd", "bias")]
    [InlineData("dp-adam", "full")]
    [InlineData("zeroth-order", "lora")]
    [InlineData("zeroth-order", "head")]
    public void Every_method_trains_it_and_what_is_saved_knows_its_prompt(string method, string trainable)
    {
        var json = Invocation.Of([.. run, .. Prompt, "--method", method, "--trainable", trainable, "--noise", method == "zeroth-order" ? "laplace:scale=20" : "gaussian", "--json"]).Json();
        var accuracy = json.GetProperty("metrics").GetProperty("accuracy").GetDouble();
        Assert.Equal(accuracy, Invocation.Of("evaluate", "--model", folder.File("out"), "--task", "text-classification", "--data", rows, "--max-tokens", "24", "--json")
            .Json().GetProperty("metrics").GetProperty("accuracy").GetDouble());
        var predicted = Invocation.Of("predict", "--model", folder.File("out"), "--text", "a good film", "--json").Json().GetProperty("predictions")[0];
        Assert.Equal(2, predicted.GetProperty("probabilities").GetArrayLength());
        if (method == "zeroth-order")
            Assert.True(Invocation.Of("replay", "--run", folder.File("out"), "--output", folder.File("again"), "--json").Json().GetProperty("identical").GetBoolean());
    }

    [Theory]
    [InlineData("belong together", "--prompt", "{text} {mask}")]
    [InlineData("belong together", "--verbalisers", "bad,good")]
    [InlineData("must have", "--prompt", "{text}", "--verbalisers", "bad,good")]
    [InlineData("3 words", "--prompt", "{text} {mask}", "--verbalisers", "bad,good,better")]
    [InlineData("is not one token", "--prompt", "{text} {mask}", "--verbalisers", "bad,unputdownable")]
    [InlineData("has a {pair}", "--prompt", "{text} {mask} {pair}", "--verbalisers", "bad,good")]
    public void What_does_not_fit_is_one_line(string complaint, params string[] options)
    {
        Assert.Contains(complaint, Invocation.Of([.. run, .. options, "--json"]).Complaint());
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void Writers_have_no_prompt()
        => Assert.Contains("--prompt is for tasks with labels", Invocation.Of("finetune", "--task", "text-to-text", "--train", rows, "--prompt", "x", "--output", folder.File("out")).Complaint());
}
