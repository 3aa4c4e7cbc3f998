namespace LmoDp.Training.Optimization;

/// <summary>The constants of <see cref="DpAdamW"/>.</summary>
/// <param name="Beta1">How much of the mean gradient is kept from step to step.</param>
/// <param name="Beta2">How much of the mean square is kept. Private runs are short and noisy: 0.999 is slow to forget a first large step.</param>
/// <param name="Stability">Added to the root of the mean square.</param>
/// <param name="WeightDecay">Decoupled weight decay, per unit of learning rate.</param>
public sealed record AdamWSettings(double Beta1 = 0.9, double Beta2 = 0.999, double Stability = 1e-8, double WeightDecay = 0)
{
    internal void Check()
    {
        if (!(Beta1 is >= 0 and < 1 && Beta2 is >= 0 and < 1))
            throw new BadInputException("Adam's betas must lie in [0, 1)");
        if (!(Stability > 0 && double.IsFinite(Stability) && WeightDecay >= 0 && double.IsFinite(WeightDecay)))
            throw new BadInputException("Adam's stability constant must be positive and its weight decay not negative");
    }
}
