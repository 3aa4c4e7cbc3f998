using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Auditing;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Objectives;
using LmoDp.Training.Optimization;
using LmoDp.Training.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Auditing;

/// <summary>A network of two layers and 3,110 numbers on 100 rows, trained for some steps with canaries among its rows.</summary>
internal sealed class AuditedProblem : Objective
{
    private const double Clip = 0.5, Confidence = 0.95;
    private const int Rows = 100;
    private readonly Linear first = nn.Linear(20, 100), second = nn.Linear(100, 10);
    private readonly Sequential model;
    private readonly Tensor features, labels;

    public AuditedProblem()
    {
        using var generator = new Generator(3);
        model = nn.Sequential(("first", first), ("second", second));
        features = randn(Rows, 20, generator: generator);
        labels = randint(10, [Rows], ScalarType.Int64, generator: generator);
        using var noGrad = no_grad();
        foreach (var parameter in model.parameters())
            parameter.normal_(0, 0.2, generator);
    }

    public override nn.Module Model => model;

    public override int Count => Rows;

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters => [.. model.named_parameters().Select(entry => (entry.name, entry.parameter))];

    public override int Length(int example) => 1;

    public override BatchShape Shape(int example) => new(4, 1);

    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
    {
        var chosen = tensor(examples.Select(example => (long)example).ToArray());
        return nn.functional.cross_entropy(second.call(first.call(features.index_select(0, chosen)).tanh()), labels.index_select(0, chosen), reduction: nn.Reduction.None);
    }

    public static PrivacyPlan Plan(double std, double rate, int steps, int canaries, double delta = 1e-5)
        => new(Rows + canaries, rate, steps, Clip, new VectorRelease(new GaussianLaw(std)), double.PositiveInfinity, delta, sensitivityMargin: FinetuneRun.SensitivityMargin);

    /// <summary>Audits a source of gradients that is said to keep a plan.</summary>
    /// <param name="claimed">The plan.</param>
    /// <param name="seed">Of the coins.</param>
    /// <param name="source">Makes the source for an objective and its units.</param>
    public TrainingAuditResult Audit(PrivacyPlan claimed, long seed, Func<Objective, UnitsOfPrivacy, GradientSource> source)
    {
        using var scope = NewDisposeScope();
        var canaries = claimed.Units - Rows;
        using var random = AesCtrRandomSource.FromSeed(seed, "audit");
        var coins = CanaryGuesses.Flip(random, canaries);
        var guesses = CanaryGuesses.For(new Composition(claimed.Step), canaries, claimed.Delta, Confidence, random);
        var chosen = GradientCanary.Choose(ProbedParameter.Of(model, Parameters), canaries, random);
        var ordinary = Enumerable.Range(0, Rows).Select(row => (IReadOnlyList<int>)[row]).ToArray();
        var objective = new CanaryObjective(this, chosen, 100 * Clip);
        using var others = new ExpectedSum(this, new UnitsOfPrivacy(ordinary, Rows), Parameters, new FlatClipping(Clip), claimed.SamplingRate, 1000, random);
        using var watched = new WatchedGradient(source(objective, TrainingAudit.Units(ordinary, Rows, coins)), claimed, chosen, others.At);
        using var optimizer = new DpSgd(Parameters.ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter), momentum: 0.9);
        for (var step = 0; step < claimed.Steps; step++)
        {
            using var stepScope = NewDisposeScope();
            optimizer.Step(watched.Next(step), 0.1);
        }
        return TrainingAuditResult.Of(claimed, PrivacyProfile.Of(new Composition(claimed.Step), claimed.Accountant), guesses, watched.Scores, coins, Confidence);
    }

    public PrivateGradient Gradient(Objective objective, UnitsOfPrivacy units, PrivacyPlan plan, PrivateSession session)
        => new(objective, units, new PerExampleClipping(model, Parameters, new FlatClipping(Clip)), plan, session.Gate, step => [(byte)step, .. new byte[31]], 4096);

    public override void Dispose()
    {
        model.Dispose();
        features.Dispose();
        labels.Dispose();
        base.Dispose();
    }
}
