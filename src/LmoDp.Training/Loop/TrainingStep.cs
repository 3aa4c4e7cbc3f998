using LmoDp.Training.Ledger;

namespace LmoDp.Training.Loop;

/// <summary>What the training loop repeats: whatever changes the trained parameters by one step, first-order or zeroth-order, private or not.</summary>
public abstract class TrainingStep : IDisposable
{
    /// <summary>Takes a step. Where it throws, nothing was released and the parameters are as they were before.</summary>
    /// <param name="step">From 0.</param>
    /// <exception cref="BudgetSpentException">The step would have to be charged and the budget does not allow it.</exception>
    /// <exception cref="OperationCanceledException">The run is to end.</exception>
    public abstract void Take(int step);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
