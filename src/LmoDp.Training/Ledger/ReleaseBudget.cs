namespace LmoDp.Training.Ledger;

/// <summary>The run's budget does not allow another release. The run may end with what it has; the guarantee holds.</summary>
/// <param name="message">One line that says what was asked and what is left.</param>
public sealed class BudgetSpentException(string message) : Exception(message);

/// <summary>
/// How many draws of each group a run may be charged for, fixed before it starts: a bound on the number of releases is what makes the composition theorems hold
/// however the run is interrupted, so it may not depend on anything that the run computes.
/// </summary>
public sealed class ReleaseBudget
{
    private readonly int[] limits;

    private ReleaseBudget(int[] limits)
    {
        this.limits = limits;
    }

    /// <summary>Just the schedule: a step that must be made anew after a crash is taken from its end.</summary>
    public static ReleaseBudget ForSchedule(IReadOnlyList<PlannedDraws> plan) => new([.. plan.Select(group => group.Draws)]);

    /// <summary>Refuses an entry that would exceed the budget.</summary>
    /// <exception cref="BudgetSpentException">It would.</exception>
    public void Require(PrivacyLedger ledger, LedgerEntry entry)
    {
        for (var group = 0; group < limits.Length; group++)
        {
            if (ledger.SpentWith(entry, group) > limits[group])
                throw new BudgetSpentException(FormattableString.Invariant($"step {entry.Step} (attempt {entry.Attempt}) would be release {ledger.SpentWith(entry, group)} where the privacy budget allows {limits[group]}"));
        }
    }
}
