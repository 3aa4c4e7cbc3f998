using LmoDp.Training.Optimization;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training;

public sealed class OptimizerTests
{
    private static readonly float[][] Gradients = [[1f, -2f, 0.5f, 0f], [0.25f, 1f, -1f, 3f], [-1f, 0f, 2f, 1f]];

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.9)]
    public void SgdFollowsItsFormula(double momentum)
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters();
        using var sgd = new DpSgd(parameters, momentum);
        double[] expected = [1, 2, 3, 4], velocity = new double[4];
        foreach (var gradient in Gradients)
        {
            sgd.Step(Gradient(gradient), 0.1);
            for (var i = 0; i < 4; i++)
            {
                velocity[i] = momentum * velocity[i] + gradient[i];
                expected[i] -= 0.1 * velocity[i];
            }
        }
        AssertClose(expected, parameters["weight"]);
        AssertClose(expected[..2], parameters["bias"]);
        Assert.Equal(3, sgd.Steps);
        Assert.Equal(momentum > 0 ? 2 : 0, sgd.State.Count);
    }

    [Fact]
    public void AdamWFollowsItsFormulaAndSparesBiasesFromDecay()
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters();
        using var adam = new DpAdamW(parameters, new AdamWSettings(0.9, 0.99, 1e-6, 0.1));
        double[] weight = [1, 2, 3, 4], bias = [1, 2, 3, 4], m = new double[4], v = new double[4];
        for (var t = 1; t <= 3; t++)
        {
            adam.Step(Gradient(Gradients[t - 1]), 0.01);
            for (var i = 0; i < 4; i++)
            {
                double g = Gradients[t - 1][i];
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.99 * v[i] + 0.01 * g * g;
                var move = 0.01 * (m[i] / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.99, t))) + 1e-6);
                weight[i] = weight[i] * (1 - 0.01 * 0.1) - move;
                bias[i] -= move;
            }
        }
        AssertClose(weight, parameters["weight"]);
        AssertClose(bias[..2], parameters["bias"]);
    }

    [Fact]
    public void AdamWAgreesWithTorchsOwn()
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters();
        var theirs = nn.Parameter(parameters["weight"].clone());
        using var adam = new DpAdamW(parameters, new AdamWSettings(WeightDecay: 0.01));
        using var torchs = optim.AdamW([theirs], lr: 0.02, weight_decay: 0.01);
        foreach (var gradient in Gradients)
        {
            adam.Step(Gradient(gradient), 0.02);
            theirs.grad = tensor(gradient).view(2, 2);
            torchs.step();
        }
        AssertClose(theirs.detach().to(float64).flatten().data<double>().ToArray(), parameters["weight"]);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("sgd")]
    public void AResumedRunHasTheSameBits(string kind)
    {
        using var scope = NewDisposeScope();
        var straight = Parameters();
        using var one = Make(kind, straight);
        foreach (var gradient in Gradients)
            one.Step(Gradient(gradient), 0.03);

        var interrupted = Parameters();
        using var before = Make(kind, interrupted);
        before.Step(Gradient(Gradients[0]), 0.03);
        var saved = before.State.ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        using var after = Make(kind, interrupted);
        after.Restore(before.Steps, saved);
        after.Step(Gradient(Gradients[1]), 0.03);
        after.Step(Gradient(Gradients[2]), 0.03);

        foreach (var name in straight.Keys)
            Assert.Equal(straight[name].bytes.ToArray(), interrupted[name].bytes.ToArray());
        foreach (var name in one.State.Keys)
            Assert.Equal(one.State[name].bytes.ToArray(), after.State[name].bytes.ToArray());
    }

    [Fact]
    public void AStateThatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var adam = Make("adam", Parameters());
        Assert.Throws<BadInputException>(() => adam.Restore(1, new Dictionary<string, Tensor>()));
        var state = adam.State.ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        state["other"] = zeros(1);
        Assert.Throws<BadInputException>(() => adam.Restore(1, state));
        state.Remove("other");
        state[state.Keys.First()] = zeros(7);
        Assert.Throws<BadInputException>(() => adam.Restore(1, state));
    }

    [Fact]
    public void TheScheduleWarmsUpAndFallsAndIsNeverZero()
    {
        var linear = new LearningRateSchedule(1, steps: 10, warmUp: 2);
        Assert.Equal([0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125], Enumerable.Range(0, 10).Select(linear.At));
        Assert.Equal([0.5, 1], Enumerable.Range(0, 2).Select(new LearningRateSchedule(1, 2, 2).At));
        Assert.Throws<ArgumentOutOfRangeException>(() => linear.At(10));
        Assert.Throws<BadInputException>(() => new LearningRateSchedule(double.NaN, 10));
        Assert.Throws<BadInputException>(() => new LearningRateSchedule(1, 10, 11));
    }

    private static Optimizer Make(string kind, Dictionary<string, Tensor> parameters)
        => kind == "adam" ? new DpAdamW(parameters, new AdamWSettings(WeightDecay: 0.01)) : new DpSgd(parameters, 0.9);

    private static Dictionary<string, Tensor> Parameters() => new()
    {
        ["weight"] = tensor(new float[] { 1, 2, 3, 4 }).view(2, 2),
        ["bias"] = tensor(new float[] { 1, 2 }),
    };

    private static Dictionary<string, Tensor> Gradient(float[] values) => new()
    {
        ["weight"] = tensor(values).view(2, 2),
        ["bias"] = tensor(values[..2]),
    };

    private static void AssertClose(double[] expected, Tensor actual)
    {
        var values = actual.to(float64).flatten().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-6);
    }
}
