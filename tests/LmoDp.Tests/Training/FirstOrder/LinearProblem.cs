using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Tests.Training.ZerothOrder;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Objectives;
using LmoDp.Training.Runs;
using LmoDp.Training.ZerothOrder;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.FirstOrder;

/// <summary>A linear classifier of 100 features and 100 classes whose clipped sums are easily computed otherwise, in float64. Example 3 is not finite.</summary>
internal sealed class LinearProblem : Objective
{
    public const int Width = 100;
    public const double Clip = 0.7;
    private readonly Linear layer = nn.Linear(Width, Width);
    private readonly Tensor features;
    private readonly long[] labels;

    /// <param name="rowsPerUnit">For each unit of privacy the number of its rows.</param>
    public LinearProblem(params int[] rowsPerUnit)
    {
        var random = new Random(1);
        Data = new TextDataset("test", [.. rowsPerUnit.SelectMany((rows, unit) => Enumerable.Range(0, rows)
            .Select(row => new TextExample("t", null, random.Next(2), FormattableString.Invariant($"unit {unit}"))))]);
        using var generator = new Generator(2);
        features = normal(0, 1, [Data.Examples.Count, Width], generator: generator).mul(tensor(Enumerable.Range(0, Count).Select(_ => 0.02f + 0.2f * random.NextSingle()).ToArray()).unsqueeze(1));
        if (Count > 3)
            features[3, 5] = float.PositiveInfinity;
        labels = [.. Enumerable.Range(0, Count).Select(_ => (long)random.Next(Width))];
        using var noGrad = no_grad();
        foreach (var parameter in layer.parameters())
            parameter.normal_(0, 0.1, generator);
    }

    public TextDataset Data { get; }

    /// <summary>What losses are multiplied by, to make the sum come out with other bits.</summary>
    public double LossScale { get; set; } = 1;

    public override nn.Module Model => layer;

    public override int Count => Data.Examples.Count;

    public override int Length(int example) => 1;

    public override BatchShape Shape(int example) => new(4, 1);

    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
        => nn.functional.cross_entropy(layer.call(features.index_select(0, Indices(examples))), tensor(examples.Select(i => labels[i]).ToArray()), reduction: nn.Reduction.None) * LossScale;

    public PrivacyPlan Plan(NoiseLaw law, double rate)
        => new(Data.Units.Count, rate, 10, Clip, new VectorRelease(law), double.PositiveInfinity, 1e-5, sensitivityMargin: FinetuneRun.SensitivityMargin);

    public PrivateGradient Gradient(PrivacyPlan plan, PrivateSession session, int tokenBudget = 1000, byte state = 0)
        => new(this, new UnitsOfPrivacy(Data), new PerExampleClipping(layer, [.. layer.named_parameters()], new FlatClipping(Clip)), plan, session.Gate,
            step => [state, (byte)step, .. new byte[30]], tokenBudget);

    /// <summary>The sum of clipped gradients, weight then bias, with each unit's rows averaged, computed by formula in float64.</summary>
    public double[] ExplicitSum(IEnumerable<int> drawnUnits)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var sum = zeros(Width, Width + 1, ScalarType.Float64);
        foreach (var unit in drawnUnits)
        {
            foreach (var row in Data.Units[unit].Where(row => row != 3))
            {
                var x = features[row].to(ScalarType.Float64);
                var error = (layer.weight!.to(ScalarType.Float64).mv(x) + layer.bias!.to(ScalarType.Float64)).softmax(0);
                error[labels[row]] -= 1;
                var gradient = error.unsqueeze(1) * cat([x, ones(1, ScalarType.Float64)]).unsqueeze(0);
                var norm = gradient.norm().item<double>();
                sum += gradient * (Math.Min(1, Clip / norm) / Data.Units[unit].Count);
            }
        }
        return Flat(sum.narrow(1, 0, Width), sum.select(1, Width));
    }

    /// <summary>Each example's derivative along a zeroth-order direction, in float64.</summary>
    public double[] DerivativesAlong(SignDirection direction)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (weight, bias) = (Signs("weight", Width * Width).view(Width, Width), Signs("bias", Width));
        return [.. Enumerable.Range(0, Count).Select(row =>
        {
            var x = features[row].to(ScalarType.Float64);
            var error = (layer.weight!.to(ScalarType.Float64).mv(x) + layer.bias!.to(ScalarType.Float64)).softmax(0);
            error[labels[row]] -= 1;
            return error.dot(weight.mv(x) + bias).item<double>();
        })];

        Tensor Signs(string name, int count) => tensor(PerturbedParametersTests.Signs(direction, name, count)).to(ScalarType.Float64);
    }

    /// <summary>A released gradient, weight then bias.</summary>
    public static double[] Flat(IReadOnlyDictionary<string, Tensor> gradient) => Flat(gradient["weight"], gradient["bias"]);

    public override void Dispose()
    {
        layer.Dispose();
        features.Dispose();
        base.Dispose();
    }

    private static double[] Flat(Tensor weight, Tensor bias) => cat([weight.reshape(-1), bias]).to(ScalarType.Float64).data<double>().ToArray();

    private static Tensor Indices(IReadOnlyList<int> examples) => tensor(examples.Select(i => (long)i).ToArray());
}
