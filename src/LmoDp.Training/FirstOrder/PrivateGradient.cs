using System.Runtime.InteropServices;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.FirstOrder;

/// <summary>
/// The noisy mean of clipped gradients over a Poisson sample (Abadi et al. 2016, algorithm 1): every unit of privacy takes part with probability q, the sum of
/// the clipped gradients gets noise, and is divided by the expected number of units, never by the drawn one. An empty draw is released like any other.
/// Noise is drawn after the ledger holds the release (<see cref="ReleaseGate"/>).
/// </summary>
public sealed class PrivateGradient : GradientSource
{
    private readonly Objective objective;
    private readonly UnitsOfPrivacy units;
    private readonly PerExampleClipping clipping;
    private readonly PrivacyPlan plan;
    private readonly PoissonSubsampler subsampler;
    private readonly ReleaseGate gate;
    private readonly Func<int, byte[]> stateDigest;
    private readonly int tokenBudget;
    private readonly Action<ClippedBatch>? diagnostics;
    private readonly CancellationToken cancellation;
    private readonly double[] noise = new double[1 << 16];

    /// <param name="objective">The loss.</param>
    /// <param name="units">Which examples belong together.</param>
    /// <param name="clipping">Sums clipped gradients; its norm is C.</param>
    /// <param name="plan">Sampling rate, noise, sensitivity and expected batch; its release is a vector.</param>
    /// <param name="gate">The way to the run's randomness.</param>
    /// <param name="stateDigest">Digest of everything that determines a step but its randomness.</param>
    /// <param name="tokenBudget">Tokens in a micro-batch.</param>
    /// <param name="diagnostics">Told what must not be published, if the user has asked for that; else null.</param>
    /// <param name="cancellation">Ends a step between two micro-batches; nothing of it was released then.</param>
    public PrivateGradient(Objective objective, UnitsOfPrivacy units, PerExampleClipping clipping, PrivacyPlan plan, ReleaseGate gate,
        Func<int, byte[]> stateDigest, int tokenBudget, Action<ClippedBatch>? diagnostics = null, CancellationToken cancellation = default)
    {
        if (plan.Release is not VectorRelease || plan.ClippingNorm != clipping.Rule.Norm || plan.Units != units.Count)
            throw new ArgumentException("the plan is for another release than this: a vector clipped to the rule's norm, over these units", nameof(plan));
        (this.objective, this.units, this.clipping, this.plan) = (objective, units, clipping, plan);
        subsampler = new PoissonSubsampler(plan.SamplingRate);
        (this.gate, this.stateDigest, this.tokenBudget, this.diagnostics, this.cancellation) = (gate, stateDigest, tokenBudget, diagnostics, cancellation);
    }

    /// <inheritdoc/>
    /// <exception cref="BudgetSpentException">The step would have to be charged and the budget does not allow it.</exception>
    public override IReadOnlyDictionary<string, Tensor> Next(int step)
    {
        var state = stateDigest(step);
        while (true)
        {
            var attempt = gate.Begin(step, state);
            SumClippedGradients(attempt);
            if (gate.TryAuthorize(attempt, SumDigest(), out var release))
                return clipping.Sums.ToDictionary(entry => entry.Name, entry => NoisyMean(release, entry.Name, entry.Sum));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        clipping.Dispose();
        base.Dispose();
    }

    private void SumClippedGradients(StepAttempt attempt)
    {
        clipping.Reset();
        using var random = attempt.OpenDraw();
        var examples = subsampler.Draw(random, units.Count).SelectMany(unit => units.Examples(unit));
        foreach (var batch in MicroBatches.Divide(examples, objective.Length, tokenBudget))
        {
            cancellation.ThrowIfCancellationRequested();
            using var region = new UncollectedRegion();
            var shares = batch.Select(units.Share).ToArray();
            var clipped = clipping.Accumulate(batch.Length, () => objective.Losses(batch), shares);
            diagnostics?.Invoke(clipped);
        }
    }

    private byte[] SumDigest()
    {
        using var hash = new CanonicalHash("sum");
        return hash.Add("gradients", clipping.Sums.Select(entry => KeyValuePair.Create(entry.Name, entry.Sum))).Finish();
    }

    /// <summary>(sum + noise) / expected units. The noise is added in float64, in managed code, in the sum's own place; only the noisy result is rounded to float32.</summary>
    private Tensor NoisyMean(AuthorizedRelease release, string name, Tensor sum)
    {
        using var scope = NewDisposeScope();
        using var random = release.OpenNoise(name);
        var noisy = sum.cpu();
        var flat = noisy.view(-1);
        for (var start = 0L; start < flat.numel(); start += noise.Length)
        {
            var piece = flat.narrow(0, start, Math.Min(noise.Length, flat.numel() - start));
            var numbers = MemoryMarshal.Cast<byte, double>(piece.bytes);
            plan.Release.Noise.Sample(random, noise.AsSpan(0, numbers.Length));
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = (numbers[i] + plan.Sensitivity * noise[i]) / plan.ExpectedBatchSize;
        }
        return noisy.to(ScalarType.Float32).to(sum.device).MoveToOuterDisposeScope();
    }
}
