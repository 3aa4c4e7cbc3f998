using LmoDp.Models;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Auditing;

/// <summary>A loss over rows, and after them over canaries whose gradient is a fixed vector, far longer than what it will be clipped to.</summary>
/// <param name="rows">The loss of the rows; disposed with this one.</param>
/// <param name="canaries">The canaries.</param>
/// <param name="norm">The length of their gradients before clipping, or more.</param>
internal sealed class CanaryObjective(Objective rows, IReadOnlyList<GradientCanary> canaries, double norm) : Objective
{
    private const int CanariesPerBatch = 32, TokensOfACanary = 256;

    /// <inheritdoc/>
    public override nn.Module Model => rows.Model;

    /// <inheritdoc/>
    public override int Count => rows.Count + canaries.Count;

    /// <inheritdoc/>
    public override int Length(int example) => IsCanary(example) ? TokensOfACanary : rows.Length(example);

    /// <inheritdoc/>
    public override BatchShape Shape(int example) => IsCanary(example) ? new BatchShape(CanariesPerBatch, 2) : rows.Shape(example);

    /// <inheritdoc/>
    public override int Row(int example) => IsCanary(example) ? (example - rows.Count) % CanariesPerBatch : rows.Row(example);

    /// <inheritdoc/>
    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
    {
        if (!examples.Any(IsCanary))
            return rows.Losses(examples, shape);
        var losses = zeros(examples.Count);
        if (examples.Any(example => !IsCanary(example)))
        {
            var filling = examples.First(example => !IsCanary(example)); // the model wants a row for every example of a batch
            var ofRows = rows.Losses([.. examples.Select(example => IsCanary(example) ? filling : example)]);
            losses = losses.Plus(ofRows.mul(tensor(examples.Select(example => IsCanary(example) ? 0f : 1).ToArray())));
        }
        foreach (var parameter in examples.Where(IsCanary).Select(example => Canary(example).Parameter).Distinct())
        {
            var numbers = parameter.Numbers([.. examples.Select(example => IsCanary(example) && Canary(example) is var canary && canary.Parameter == parameter ? canary.Index : (long?)null)], (float)norm);
            losses = losses.Plus(numbers);
        }
        return losses;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        rows.Dispose();
        base.Dispose();
    }

    private bool IsCanary(int example) => example >= rows.Count;

    private GradientCanary Canary(int example) => canaries[example - rows.Count];
}
