using System.Globalization;
using System.Text.Json;
using Xunit;

namespace LmoDp.Tests.Cli;

public class PlanTests
{
    private static readonly string[] Target = ["plan", "--rows", "20000", "--epsilon", "1", "--delta", "1e-8", "--examples", "200000"];

    [Fact]
    public void Plans_meet_the_target_within_the_budget_and_the_least_noise_comes_first()
    {
        var plans = Invocation.InGerman([.. Target, "--parameters", "40000", "--json"]).Json().GetProperty("plans").EnumerateArray().ToArray();
        Assert.Equal([20000, 10000, 5000, 4000, 2500, 1250, 625, 312.5], plans.Select(Batch).OrderDescending());
        var before = 0.0;
        foreach (var plan in plans)
        {
            var (steps, sigma) = (plan.GetProperty("steps").GetInt64(), plan.GetProperty("noiseMultiplier").GetDouble());
            Assert.True(Batch(plan) * steps <= 200000);
            Assert.Equal(Batch(plan) / 20000, plan.GetProperty("samplingRate").GetDouble(), 1e-15);
            Assert.Equal(sigma * 200 / Batch(plan), plan.GetProperty("stepNoise").GetDouble(), 1e-12);
            Assert.Equal(plan.GetProperty("stepNoise").GetDouble() / Math.Sqrt(steps), plan.GetProperty("runNoise").GetDouble(), 1e-12);
            Assert.InRange(plan.GetProperty("epsilon").GetProperty("upper").GetDouble(), 0.999, 1);
            Assert.True(plan.GetProperty("runNoise").GetDouble() >= before);
            before = plan.GetProperty("runNoise").GetDouble();
        }
    }

    [Fact]
    public void A_scalar_needs_no_parameters_and_any_law_can_be_planned_with()
    {
        var plans = Invocation.Of([.. Target, "--release", "scalar", "--noise", "laplace", "--json"]).Json();
        Assert.Equal("scalar", plans.GetProperty("release").GetString());
        foreach (var plan in plans.GetProperty("plans").EnumerateArray())
        {
            Assert.StartsWith("laplace:scale=", plan.GetProperty("noise").GetString());
            Assert.Equal(plan.GetProperty("noiseMultiplier").GetDouble() / Batch(plan), plan.GetProperty("stepNoise").GetDouble(), 1e-12);
        }
        var page = Invocation.Of([.. Target, "--release", "scalar"]).Output;
        Assert.Contains("mean scalar", page);
        Assert.DoesNotContain("try first", page); // the rule is for gradients
        Assert.Equal(JsonValueKind.Null, plans.GetProperty("advised").ValueKind);
    }

    /// <summary>finetune scales a family to the guarantee and takes a law as it is.</summary>
    [Fact]
    public void The_command_that_is_advised_keeps_the_guarantee()
    {
        Assert.Contains("finetune ... --noise gaussian --sampling-rate 0.2 --steps 50\n", Invocation.Of([.. Target, "--parameters", "9", "--noise", "gaussian"]).Output);
        string[] scaled = [.. Target, "--parameters", "9", "--noise", "gaussian:std=100"];
        var advised = Invocation.Of([.. scaled, "--json"]).Json().GetProperty("advised");
        var law = advised.GetProperty("noise").GetString()!;
        Assert.Contains($"finetune ... --noise \"{law}\" --sampling-rate", Invocation.Of(scaled).Output);
        var cost = Invocation.Of("account", "--noise", law, "--sampling-rate", "0.2", "--steps", "50", "--delta", "1e-8", "--json").Json().GetProperty("epsilon").GetDouble();
        Assert.InRange(cost, 0.999, 1);
    }

    [Fact]
    public void The_usual_budget_is_that_of_finetunes_defaults()
    {
        var advised = Invocation.Of("plan", "--rows", "67349", "--epsilon", "0.3", "--delta", "1e-10", "--json").Json().GetProperty("advised");
        Assert.Equal((50, 512.0), (advised.GetProperty("steps").GetInt64(), Math.Round(Batch(advised), 9)));
        advised = Invocation.Of("plan", "--rows", "300", "--epsilon", "1", "--delta", "1e-5", "--json").Json().GetProperty("advised");
        Assert.Equal((50, 300.0), (advised.GetProperty("steps").GetInt64(), Batch(advised)));
    }

    /// <summary>What a plan says of the model is what a run of it then trains.</summary>
    [Theory]
    [InlineData("lora")]
    [InlineData("bias")]
    [InlineData("head")]
    [InlineData("full")]
    public void The_gradient_is_as_long_as_that_of_the_run(string set)
    {
        using var folder = new TemporaryFolder();
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Repeat("a good film,yes\nbad films,no\n", 10)));
        var plan = Invocation.Of([.. Target, "--model", model, "--trainable", set, "--json"]).Json();
        var run = Invocation.Of("finetune", "--model", model, "--task", "text-classification", "--train", rows, "--labels", "no,yes", "--method", "non-private", "--trainable", set, "--batch-size", "5",
            "--steps", "1", "--max-tokens", "16", "--output", folder.File("run"));
        Assert.Contains($"{plan.GetProperty("parameters").GetInt64().ToString("N0", CultureInfo.InvariantCulture)} parameters", run.Output);
        Assert.Equal(set, plan.GetProperty("trainable").GetString());
    }

    [Fact]
    public void The_plan_to_try_first_has_the_most_steps_up_to_50_and_finetune_can_be_told_so()
    {
        var result = Invocation.Of([.. Target, "--json"]).Json();
        Assert.Equal("lora", result.GetProperty("trainable").GetString());
        var advised = result.GetProperty("advised");
        Assert.Equal(50, advised.GetProperty("steps").GetInt64());
        Assert.True(advised.GetProperty("runNoise").GetDouble() <= 1.25 * result.GetProperty("plans")[0].GetProperty("runNoise").GetDouble());
        Assert.Contains(FormattableString.Invariant($"lmodp finetune ... --trainable lora --sampling-rate {advised.GetProperty("samplingRate").GetDouble():R} --steps {advised.GetProperty("steps").GetInt64()}\n"),
            Invocation.InGerman(Target).Output);
        Assert.True(Invocation.Of([.. Target, "--labels", "5", "--json"]).Json().GetProperty("parameters").GetInt64() > result.GetProperty("parameters").GetInt64());
    }

    [Theory]
    [InlineData("there is no folder", "--model", "nowhere")]
    [InlineData("--trainable says how long the gradient is", "--parameters", "5", "--trainable", "bias")]
    [InlineData("--labels says how long the gradient is", "--release", "scalar", "--labels", "3")]
    [InlineData("--release is missing", "--noise", "laplace", "--parameters", "5")]
    [InlineData("publishes one number", "--release", "scalar", "--parameters", "5")]
    [InlineData("do not suffice", "--parameters", "5", "--examples", "100")]
    [InlineData("allow fewer", "--parameters", "5", "--examples", "1e300")]
    public void Bad_input_is_one_line(string complaint, params string[] arguments) =>
        Assert.Contains(complaint, Invocation.Of([.. Target[..7], .. arguments, "--json"]).Complaint());

    private static double Batch(JsonElement plan) => plan.GetProperty("expectedBatch").GetDouble();
}
