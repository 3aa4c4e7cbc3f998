using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.ZerothOrder;

/// <summary>
/// A private step that publishes K numbers (zeroth-order descent: Zhang et al., DPZero, ICML 2024; Tang et al., TMLR 2025). Each unit of privacy in a Poisson sample gives, for each of K public directions,
/// the derivative of its loss along it, clipped and rounded by a coin to a multiple of C / m; the integers are added up, and each sum gets its noise. Everything from a unit's numbers
/// on is integer arithmetic, so one unit moves the sums by what the plan says, exactly (<see cref="DirectionRelease"/>). What the numbers do to the parameters is post-processing
/// (<see cref="UpdateRule"/>). The ledger holds the release before the noise is drawn, and afterwards what was released.
/// </summary>
public sealed class ZerothOrderStep : TrainingStep
{
    private readonly Objective objective;
    private readonly UnitsOfPrivacy units;
    private readonly PerturbedParameters parameters;
    private readonly UpdateRule rule;
    private readonly DirectionalDerivative derivative;
    private readonly PoissonSubsampler subsampler;
    private readonly DirectionRelease kind;
    private readonly ReleaseGate gate;
    private readonly Func<int, byte[]> stateDigest;
    private readonly Action<ClippedBatch>? diagnostics;
    private readonly CancellationToken cancellation;

    /// <param name="objective">The loss.</param>
    /// <param name="units">Which examples belong together.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="plan">Sampling rate, noise, C and expected batch; its release is a scalar with lattice noise, K of them a draw, or one Gaussian vector.</param>
    /// <param name="rule">What released sums do.</param>
    /// <param name="gate">The way to the run's randomness.</param>
    /// <param name="stateDigest">Digest of everything that determines a step but its randomness.</param>
    /// <param name="diagnostics">Told what must not be published, if the user has asked for that; else null.</param>
    /// <param name="cancellation">Ends a step between two batches; nothing of it was released then.</param>
    public ZerothOrderStep(Objective objective, UnitsOfPrivacy units, PerturbedParameters parameters, PrivacyPlan plan, UpdateRule rule, ReleaseGate gate,
        Func<int, byte[]> stateDigest, Action<ClippedBatch>? diagnostics = null, CancellationToken cancellation = default)
    {
        if (plan.Units != units.Count)
            throw new ArgumentException("the plan is for other units than these", nameof(plan));
        (this.objective, this.units, this.parameters, this.rule, this.gate, this.stateDigest) = (objective, units, parameters, rule, gate, stateDigest);
        (this.diagnostics, this.cancellation) = (diagnostics, cancellation);
        derivative = new DirectionalDerivative(objective, parameters);
        subsampler = new PoissonSubsampler(plan.SamplingRate);
        kind = DirectionRelease.Of(plan, rule.Directions);
    }

    /// <inheritdoc/>
    public override void Take(int step)
    {
        using var scope = NewDisposeScope();
        var state = stateDigest(step);
        while (true)
        {
            var attempt = gate.Begin(step, state);
            var sums = ClippedSums(attempt);
            if (!gate.TryAuthorize(attempt, Digest(sums), out var release))
                continue;
            var released = sums.Select((sum, k) => Noisy(release, k, sum)).ToArray();
            gate.Keep(attempt, released);
            rule.Apply(parameters, step, released);
            return;
        }
    }

    /// <summary>The sums of clipped integers over a draw, one for each direction. Private.</summary>
    internal long[] ClippedSums(StepAttempt attempt)
    {
        using var random = attempt.OpenDraw();
        var drawn = subsampler.Draw(random, units.Count);
        var batches = MicroBatches.OfOneShape(drawn.SelectMany(units.Examples), objective.Shape, objective.Row).ToArray();
        var along = Enumerable.Range(0, rule.Directions).Select(k => derivative.Along(rule.Direction(attempt.Step, k), batches, cancellation)).Select(Show).ToArray();
        var sums = new long[rule.Directions];
        foreach (var unit in drawn.Where(unit => units.Examples(unit).Any())) // one without rows, as an audit has them, adds nothing
        {
            var contribution = kind.Contribution([.. units.Examples(unit).Select(example => (double[])[.. along.Select(differences => differences[example].Derivative)])], random);
            for (var k = 0; k < sums.Length; k++)
                sums[k] += contribution[k];
        }
        return sums;
    }

    private IReadOnlyDictionary<int, Difference> Show(IReadOnlyDictionary<int, Difference> differences)
    {
        if (differences.Count > 0)
            diagnostics?.Invoke(Shown(differences.Values));
        return differences;
    }

    private long Noisy(AuthorizedRelease release, int index, long sum)
    {
        using var random = release.OpenNoise(FormattableString.Invariant($"direction {index}"));
        return Saturated((Int128)sum + kind.Noise(random));
    }

    /// <summary>A noisy sum in 64 bits. No sum and no draw that anybody will see is near their end; cutting what was released is post-processing.</summary>
    private static long Saturated(Int128 value) => (long)Int128.Clamp(value, long.MinValue, long.MaxValue);

    private static byte[] Digest(long[] sums)
    {
        using var hash = new CanonicalHash("sum");
        foreach (var sum in sums)
            hash.Add("steps", sum);
        return hash.Finish();
    }

    private static ClippedBatch Shown(IEnumerable<Difference> differences) => new(
        [.. differences.Select(difference => (difference.Above + difference.Below) / 2)], [.. differences.Select(difference => Math.Abs(difference.Derivative))], [], [],
        new Dictionary<string, IReadOnlyList<double>>());
}
