using LmoDp.Training.Ledger;

namespace LmoDp.Training.Loop;

/// <summary>What the training loop repeats: whatever changes the trained parameters by one step, first-order or zeroth-order, private or not.</summary>
public abstract class TrainingStep : IDisposable
{
    /// <summary>Takes a step. After any exception but those below the step may have been charged, and parameters may have moved: go on from the last checkpoint.</summary>
    /// <param name="step">From 0.</param>
    /// <exception cref="BudgetSpentException">The step would have to be charged and the budget does not allow it: nothing was released, and the parameters are as they were.</exception>
    /// <exception cref="OperationCanceledException">The run is to end: likewise.</exception>
    public abstract void Take(int step);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
