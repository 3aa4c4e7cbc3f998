using LmoDp.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Training.Optimization;

/// <summary>Gradient descent with heavy-ball momentum: b = momentum * b + g, parameter -= learning rate * b. With momentum 0, plain descent.</summary>
public sealed class DpSgd : Optimizer
{
    private const string Momentum = "momentum.";
    private readonly double momentum;
    private readonly Dictionary<string, Tensor> state;

    /// <param name="parameters">The parameters, by name; float32.</param>
    /// <param name="momentum">0 &lt;= momentum &lt; 1.</param>
    public DpSgd(IReadOnlyDictionary<string, Tensor> parameters, double momentum = 0) : base(parameters)
    {
        if (!(momentum is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), "momentum must lie in [0, 1)");
        this.momentum = momentum;
        state = momentum > 0 ? new(Zeros(parameters, Momentum)) : [];
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> State => state;

    private protected override void Update(string name, Tensor parameter, Tensor gradient, double learningRate)
    {
        using Scalar kept = momentum, length = -learningRate; // they outlive the native calls: see KeptNumbers
        var direction = momentum > 0 ? state[Momentum + name].mul_(kept).add_(gradient, KeptNumbers.One) : gradient;
        parameter.add_(direction, length);
    }
}
