using System.Globalization;

namespace LmoDp.Training.Clipping;

/// <summary>How an example's gradient g is scaled before it joins the sum. Whatever the example, the scaled gradient's L2 norm is at most <see cref="Norm"/>.</summary>
public abstract record ClippingRule
{
    /// <summary>Clip factors C / ||g|| of float32 gradients stay normal numbers within: below, rounding to denormal ones would let a clipped gradient be longer than C.</summary>
    private const double Smallest = 1e-15, Largest = 1e15;

    private protected ClippingRule(double norm)
    {
        if (!(norm is >= Smallest and <= Largest))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the clipping norm must lie between {Smallest} and {Largest}, not {norm}"));
        Norm = norm;
    }

    /// <summary>C: the L2 sensitivity of the clipped sum when one example is added or removed.</summary>
    public double Norm { get; }

    /// <summary>What a gradient is multiplied by.</summary>
    /// <param name="norm">Its norm, or an upper bound of it; finite.</param>
    public abstract double Factor(double norm);
}

/// <summary>The factor min(1, C / ||g||) (Abadi et al. 2016, algorithm 1): shorter gradients stay as they are.</summary>
public sealed record FlatClipping : ClippingRule
{
    /// <param name="norm">C.</param>
    public FlatClipping(double norm) : base(norm)
    {
    }

    /// <inheritdoc/>
    public override double Factor(double norm) => norm <= Norm ? 1 : Norm / norm;
}

/// <summary>The factor C / (||g|| + gamma) (Bu et al. 2023, "Automatic clipping", AUTO-S): every gradient gets nearly the same length, and C merges with the learning rate.</summary>
public sealed record AutomaticClipping : ClippingRule
{
    /// <param name="norm">C.</param>
    /// <param name="gamma">Keeps an order among small gradients; positive, 0.01 in the paper.</param>
    public AutomaticClipping(double norm, double gamma = 0.01) : base(norm)
    {
        if (!double.IsFinite(gamma) || gamma <= 0)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"gamma of automatic clipping must be positive and finite, not {gamma}"));
        Gamma = gamma;
    }

    /// <summary>gamma.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    public override double Factor(double norm) => Norm / (norm + Gamma);
}
