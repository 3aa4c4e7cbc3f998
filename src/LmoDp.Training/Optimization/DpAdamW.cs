using LmoDp.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Training.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, algorithm 2) on released gradients: m and v are the running means of g and g^2, corrected for their start at zero;
/// parameter -= learning rate * (m / (sqrt(v) + stability) + weight decay * parameter). Weight decay spares biases and normalisation weights, that is,
/// parameters of fewer than two dimensions.
/// </summary>
public sealed class DpAdamW : Optimizer
{
    private const string First = "first_moment.";
    private const string Second = "second_moment.";
    private readonly AdamWSettings settings;
    private readonly Dictionary<string, Tensor> state;

    /// <param name="parameters">The parameters, by name; float32.</param>
    /// <param name="settings">The rule's constants.</param>
    public DpAdamW(IReadOnlyDictionary<string, Tensor> parameters, AdamWSettings settings) : base(parameters)
    {
        settings.Check();
        this.settings = settings;
        state = new(Zeros(parameters, First).Concat(Zeros(parameters, Second)));
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> State => state;

    private protected override void Update(string name, Tensor parameter, Tensor gradient, double learningRate)
    {
        var (beta1, beta2, stability, decay) = settings;
        // Numbers that outlive the native calls: see KeptNumbers.
        using Scalar oldFirst = beta1, newFirst = 1 - beta1, oldSecond = beta2, newSecond = 1 - beta2, shrinkage = 1 - learningRate * decay;
        using Scalar correction = 1 - Math.Pow(beta2, Steps), floor = stability, length = -learningRate / (1 - Math.Pow(beta1, Steps));
        var m = state[First + name].mul_(oldFirst).add_(gradient, newFirst);
        var v = state[Second + name].mul_(oldSecond).addcmul_(gradient, gradient, newSecond);
        if (decay > 0 && parameter.dim() >= 2)
            parameter.mul_(shrinkage);
        var root = v.div(correction).sqrt_().Plus(floor);
        parameter.addcdiv_(m, root, length);
    }
}
