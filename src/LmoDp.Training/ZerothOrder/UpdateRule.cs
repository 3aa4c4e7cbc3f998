using System.Globalization;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Ledger;
using LmoDp.Training.Optimization;

namespace LmoDp.Training.ZerothOrder;

/// <summary>
/// What released sums do to the parameters: theta -= learning rate * (mean of v_k u_k over the step's K directions), v_k = sum_k * (value of a lattice step) / expected batch. All of it is public and fixed
/// before the start, so a run's sums and the model that it began with give its weights again, bit by bit.
/// </summary>
/// <param name="Seed">Of the directions.</param>
/// <param name="Directions">K.</param>
/// <param name="ValuePerStep">What one lattice step of a sum is in the mean over the expected batch: C / (m q n).</param>
/// <param name="Schedule">The learning rate.</param>
public sealed record UpdateRule(long Seed, int Directions, double ValuePerStep, LearningRateSchedule Schedule)
{
    /// <summary>The setting that holds m where the noise is no lattice law, which would say it.</summary>
    internal const string LatticeSteps = "latticeSteps";

    /// <summary>A direction of a step.</summary>
    public SignDirection Direction(int step, int index) => new(Seed, step, index);

    /// <summary>Takes a step.</summary>
    /// <param name="parameters">What is moved.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="sums">What it released, K numbers in lattice steps.</param>
    public void Apply(PerturbedParameters parameters, int step, IReadOnlyList<long> sums)
    {
        for (var k = 0; k < Directions; k++)
            parameters.Descend(Direction(step, k), (float)(Schedule.At(step) / Directions * (ValuePerStep * sums[k])));
    }

    /// <summary>Takes all steps that a ledger holds, from the first on.</summary>
    /// <returns>How many.</returns>
    public int Apply(PerturbedParameters parameters, LedgerHistory ledger, CancellationToken cancellation)
    {
        for (var step = 0; step < ledger.Trajectory.Count; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            Apply(parameters, step, ledger.Trajectory[step].Sums);
        }
        return ledger.Trajectory.Count;
    }

    /// <summary>The rule of a run by the settings in its ledger.</summary>
    /// <exception cref="BadInputException">The ledger is of another kind of run.</exception>
    public static UpdateRule Of(LedgerHeader header)
    {
        if (header.Settings is not { } settings)
            throw Unkept();
        try
        {
            var steps = StepsPerSensitivity(header) ?? throw Unkept();
            if (Whole("directions") != header.SumsOf(0))
                throw new BadInputException("the ledger's plan releases another number of sums a step than its settings have directions: it is not as this program writes it");
            return new UpdateRule(long.Parse(settings["directionSeed"], CultureInfo.InvariantCulture), Whole("directions"),
                new LatticeClipping(Number("clippingNorm"), steps).Value(1) / Positive("expectedBatch"),
                LearningRateSchedule.ForRun(Number("learningRate"), Whole("steps"), Number("warmUpShare")));
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or OverflowException or ArgumentException)
        {
            throw new BadInputException("the ledger lacks a setting that its steps need, or has a malformed one: it is not as this program writes it", e);
        }

        BadInputException Unkept() => new("the ledger does not keep what the run has released: only zeroth-order runs can be replayed");
        double Number(string name) => double.Parse(settings[name], CultureInfo.InvariantCulture) is var number && double.IsFinite(number) ? number : throw new FormatException($"{name} is not finite");
        double Positive(string name) => Number(name) is > 0 and var number ? number : throw new FormatException($"{name} is not above 0");
        int Whole(string name) => int.Parse(settings[name], CultureInfo.InvariantCulture);
    }

    /// <summary>m; null for a ledger that keeps no sums.</summary>
    private static int? StepsPerSensitivity(LedgerHeader header) => header.Plan switch
    {
        [{ Terms.Kind: ReleaseKind.Scalar } planned] => (NoiseLawParser.ParseInline(planned.Terms.Noise) as LatticeLaw)?.StepsPerSensitivity,
        [_] when header.Settings!.TryGetValue(LatticeSteps, out var steps) => int.Parse(steps, CultureInfo.InvariantCulture),
        _ => null,
    };
}
