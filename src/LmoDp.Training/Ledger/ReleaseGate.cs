namespace LmoDp.Training.Ledger;

/// <summary>
/// The only way to a step's randomness. <see cref="Begin"/> gives the random source for the draw; <see cref="TryAuthorize"/> takes the exact sum and gives the
/// source for its noise, after the release was appended to the ledger and flushed, or because the ledger holds this very release already. So noise cannot be
/// drawn for a release that is not charged, nor twice for two different sums:
/// <list type="bullet">
/// <item>The key of the draw depends on the state before the step and on the attempt, not on what was drawn.</item>
/// <item>The key of the noise depends on those and on the exact bits of the sum.</item>
/// <item>A step made again from the same state takes the attempt that the ledger holds. If the sum has the same bits, the release is bit-identical, reveals
/// nothing new and is free. If it has not (another number of threads may round differently), the attempt is abandoned: a second release from one draw would not be
/// an independently subsampled one. The step begins anew, with a fresh draw, as a new attempt that is charged.</item>
/// </list>
/// </summary>
public sealed class ReleaseGate
{
    private readonly PrivacyLedger ledger;
    private readonly RunKey key;
    private readonly ReleaseBudget budget;
    private readonly HashSet<(int Step, int Attempt)> abandoned = [];

    /// <param name="ledger">The run's ledger.</param>
    /// <param name="key">The run's key.</param>
    /// <param name="budget">How many releases may be charged.</param>
    /// <exception cref="BadInputException">One of ledger and key is seeded and the other secret.</exception>
    public ReleaseGate(PrivacyLedger ledger, RunKey key, ReleaseBudget budget)
    {
        if (key.IsPrivate != ledger.History.Header.IsPrivate)
            throw new BadInputException(key.IsPrivate ? "the run was started with a seed: resume it with the same seed" : "the run was started with a secret key: resume it without a seed");
        (this.ledger, this.key, this.budget) = (ledger, key, budget);
    }

    /// <summary>Begins a step, or begins it anew.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="state">Digest of everything that determines the step but its randomness: step, parameters, optimiser state, data, settings, code version
    /// (<see cref="CanonicalHash"/>).</param>
    /// <param name="group">The group of the plan that the step's release belongs to.</param>
    /// <exception cref="BudgetSpentException">The step would have to be charged and the budget does not allow it; nothing was computed from private data.</exception>
    public StepAttempt Begin(int step, ReadOnlySpan<byte> state, int group = 0)
    {
        var tag = Convert.ToHexStringLower(key.Derive("state", state));
        var made = ledger.History.Entries.Where(entry => entry.Step == step).ToArray();
        var again = made.LastOrDefault(entry => entry.Group == group && entry.State == tag && !abandoned.Contains((step, entry.Attempt)));
        var number = again?.Attempt ?? made.Select(entry => entry.Attempt).DefaultIfEmpty().Max() + 1;
        if (again is null && !ledger.History.IsTorn)
            budget.Require(ledger, new LedgerEntry(group, step, number, tag, ""));
        return new StepAttempt(group, step, number, again, tag, AttemptDigest(state, number), key);
    }

    /// <summary>Authorises the release of a sum.</summary>
    /// <param name="attempt">The step, as begun.</param>
    /// <param name="sum">Digest of the exact bits of the sum to be released (<see cref="CanonicalHash"/>).</param>
    /// <param name="release">The source of the noise, where authorised.</param>
    /// <returns>False where the step was begun as one that the ledger holds but its sum came out differently: begin it anew, with a fresh draw.</returns>
    /// <exception cref="BudgetSpentException">The budget does not allow the release.</exception>
    /// <exception cref="IOException">The ledger could not be written; nothing may be released.</exception>
    public bool TryAuthorize(StepAttempt attempt, ReadOnlySpan<byte> sum, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AuthorizedRelease? release)
    {
        release = null;
        byte[] digest = [.. attempt.Digest, .. sum];
        var tag = Convert.ToHexStringLower(key.Derive("release", digest));
        if (attempt.Recorded is { } recorded && recorded.Release != tag)
        {
            abandoned.Add((attempt.Step, attempt.Number));
            return false;
        }
        if (attempt.Recorded is null)
        {
            var entry = new LedgerEntry(attempt.Group, attempt.Step, attempt.Number, attempt.State, tag);
            budget.Require(ledger, entry);
            ledger.Append(entry);
        }
        release = new AuthorizedRelease(key.Derive("noise", digest), isCharged: attempt.Recorded is null);
        return true;
    }

    /// <summary>Keeps what an authorised draw of scalars has released.</summary>
    /// <param name="attempt">The step, as begun.</param>
    /// <param name="sums">The noisy sums.</param>
    /// <exception cref="IOException">The ledger could not be written.</exception>
    public void Keep(StepAttempt attempt, IReadOnlyList<long> sums) => ledger.Append(new ReleasedSums(attempt.Step, attempt.Number, sums));

    private static byte[] AttemptDigest(ReadOnlySpan<byte> state, int number)
    {
        using var hash = new CanonicalHash("attempt");
        return hash.Add("state", state).Add("attempt", number).Finish();
    }
}
