using System.CommandLine;
using System.Globalization;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Input;
using LmoDp.Models.Adapters;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class FinetuneOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Defaults_are_filled_in()
    {
        var settings = Read("--epsilon", "0.3", "--delta", "1e-10");

        Assert.Equal(new PrivacyTarget(0.3, 1e-10, "gaussian"), settings.Target);
        Assert.Equal((TrainingMethod.DpSgd, TrainableSet.Lora, ClippingKind.Flat), (settings.Method, settings.Trainable, settings.Clipping));
        Assert.Equal((new SamplingChoice(512, null), 50, 0.5), (settings.Sampling, settings.Steps, settings.LearningRate));
        Assert.Equal(1, settings.ClippingNorm);
        Assert.Null(settings.Seed);
        Assert.Null(settings.MaxExamples);
        Assert.Equal(["negative", "positive"], Assert.IsType<ClassificationFiles>(settings.Files).Task.Labels);
    }

    /// <summary>From 50 steps on a run of DP-SGD comes as far, however many it has.</summary>
    [Theory]
    [InlineData("bias", 10, 2)]
    [InlineData("bias", 50, 2)]
    [InlineData("head", 400, 0.25)]
    [InlineData("lora", 50, 0.5)]
    [InlineData("full", 250, 0.1)]
    public void Long_runs_take_short_steps(string set, int steps, double rate)
        => Assert.Equal(rate, Read("--epsilon", "0.3", "--delta", "1e-10", "--trainable", set, "--steps", $"{steps}").LearningRate, 1e-15);

    [Theory]
    [InlineData("zeroth-order", 1000)]
    [InlineData("dp-adam", 50)]
    public void Steps_are_by_method(string method, int steps) => Assert.Equal(steps, Read("--epsilon", "0.3", "--delta", "1e-10", "--method", method).Steps);

    [Fact]
    public void Without_privacy_there_are_more_steps() => Assert.Equal(200, Read("--method", "non-private").Steps);

    [Fact]
    public void E_lambda_is_a_rate_unless_said_otherwise()
    {
        Assert.Equal(ExponentialReading.Rate, Read("--epsilon", "0.3", "--delta", "1e-10").Target!.Exponential);
        Assert.Equal(ExponentialReading.Scale, Read("--epsilon", "0.3", "--delta", "1e-10", "--exponential", "scale").Target!.Exponential);
        Assert.Contains("--exponential needs a private --method", Fault("--method", "non-private", "--exponential", "scale"));
    }

    [Fact]
    public void Numbers_are_read_alike_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            Assert.Equal(0.3, Read("--epsilon", "0.3", "--delta", "1e-10").Target!.Epsilon);
            Assert.Contains("'0,3' is not a number; use a decimal point", Fault("--epsilon", "0,3", "--delta", "1e-10"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("--epsilon is missing", "--delta", "1e-10")]
    [InlineData("--delta is missing", "--epsilon", "0.3")]
    [InlineData("--epsilon must be above 0, not -1", "--epsilon", "-1", "--delta", "1e-10")]
    [InlineData("--epsilon must be above 0, not Infinity", "--epsilon", "Infinity", "--delta", "1e-10")]
    [InlineData("--epsilon must be above 0, not NaN", "--epsilon", "NaN", "--delta", "1e-10")]
    [InlineData("--delta must be above 0 and below 1, not 1", "--epsilon", "1", "--delta", "1")]
    [InlineData("--batch-size and --sampling-rate exclude each other", "--epsilon", "1", "--delta", "1e-5", "--batch-size", "8", "--sampling-rate", "0.1")]
    [InlineData("--batch-size must be at least 1, not 0", "--epsilon", "1", "--delta", "1e-5", "--batch-size", "0")]
    [InlineData("--sampling-rate must be above 0 and at most 1, not 1.5", "--epsilon", "1", "--delta", "1e-5", "--sampling-rate", "1.5")]
    [InlineData("--learning-rate must be above 0 and at most 1000000, not 1e300", "--epsilon", "1", "--delta", "1e-5", "--learning-rate", "1e300")]
    [InlineData("--epsilon needs a private --method", "--method", "non-private", "--epsilon", "1")]
    [InlineData("--lora-rank needs --trainable lora", "--epsilon", "1", "--delta", "1e-5", "--trainable", "bias", "--lora-rank", "4")]
    [InlineData("--weight-decay needs a --method that decays weights", "--method", "dp-sgd", "--epsilon", "1", "--delta", "1e-5", "--weight-decay", "0.1")]
    [InlineData("--steps: '1.5' is not a whole number", "--epsilon", "1", "--delta", "1e-5", "--steps", "1.5")]
    [InlineData("--method: 'dp-adma' is not one of dp-adam, dp-sgd, zeroth-order, non-private (did you mean 'dp-adam'?)", "--epsilon", "1", "--delta", "1e-5", "--method", "dp-adma")]
    [InlineData("--model: there is no folder 'nowhere'", "--epsilon", "1", "--delta", "1e-5", "--model", "nowhere")]
    public void What_contradicts_itself_is_refused(string complaint, params string[] arguments) => Assert.Contains(complaint, Fault(arguments));

    [Fact]
    public void The_rate_follows_from_the_expected_batch()
    {
        Assert.Equal(0.25, new SamplingChoice(25, null).RateFor(100));
        Assert.Equal(0.01, new SamplingChoice(null, 0.01).RateFor(100));
        Assert.Contains("larger than the training data of 100", Assert.Throws<BadInputException>(() => new SamplingChoice(101, null).RateFor(100)).Message);
    }

    [Theory]
    [InlineData("--task: 'sst3' is not one of sst2, qnli, qqp, mnli, e2e, dart, text-classification, text-to-text (did you mean 'sst2'?)", "--task", "sst3")]
    [InlineData("--data is missing", "--task", "sst2")]
    [InlineData("--labels is for --task text-classification", "--task", "sst2", "--data", ".", "--labels", "a,b")]
    [InlineData("--data: there is no folder 'nowhere'", "--task", "sst2", "--data", "nowhere")]
    [InlineData("--train is missing", "--task", "text-classification", "--labels", "a,b")]
    [InlineData("--train: there is no file 'nowhere.csv'", "--task", "text-classification", "--train", "nowhere.csv", "--labels", "a,b")]
    public void A_task_needs_its_own_files(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Assert.Throws<BadInputException>(() => Parse(["--epsilon", "1", "--delta", "1e-5", "--output", folder.File("run"), .. arguments])).Message);

    private FinetuneSettings Read(params string[] arguments)
    {
        var rows = folder.Write("rows.csv", "text,label\nfine,positive\n");
        return Parse(["--task", "text-classification", "--train", rows, "--labels", "negative,positive", "--output", folder.File("run"), .. arguments]);
    }

    private string Fault(params string[] arguments) => Assert.Throws<BadInputException>(() => Read(arguments)).Message;

    private static FinetuneSettings Parse(string[] arguments)
    {
        var options = new FinetuneOptions();
        var command = new RootCommand();
        options.AddTo(command);
        var input = command.Parse(arguments);
        return input.Errors.Count == 0 ? options.Read(input) : throw new BadInputException(ParseFault.Of(input));
    }
}
