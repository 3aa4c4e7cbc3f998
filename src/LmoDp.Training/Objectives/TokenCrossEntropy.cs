using LmoDp.Models;
using static TorchSharp.torch;

namespace LmoDp.Training.Objectives;

/// <summary>
/// Cross-entropy of tokens under a large vocabulary, in nats. Scores of a batch are the largest tensor of a language model's training; here the gradient takes the place of the
/// scores in memory, where torch's own function holds scores, log-probabilities and gradient at once.
/// </summary>
internal sealed class TokenCrossEntropy : autograd.SingleTensorFunction<TokenCrossEntropy>
{
    private const long ChunkElements = 1 << 22; // of temporary exponentials in the forward pass

    /// <inheritdoc/>
    public override string Name => nameof(TokenCrossEntropy);

    /// <summary>The loss of each token.</summary>
    /// <param name="logits"><c>[tokens, vocabulary]</c>; if its gradient is asked for, its values are lost in the backward pass.</param>
    /// <param name="targets">int64 <c>[tokens]</c>.</param>
    /// <returns><c>[tokens]</c>.</returns>
    public static Tensor Of(Tensor logits, Tensor targets) => apply(logits, targets);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (logits, targets) = ((Tensor)vars[0], (Tensor)vars[1]);
        var rows = Math.Max(1, ChunkElements / logits.shape[1]);
        var normalisers = cat([.. logits.split(rows).Select(chunk => chunk.logsumexp(1))]);
        ctx.save_for_backward([logits, targets, normalisers]);
        return normalisers.Plus(logits.gather(1, targets.unsqueeze(1)).squeeze(1).neg());
    }

    /// <inheritdoc/>
    /// <remarks>softmax - 1 at the target, times the gradient at the loss.</remarks>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        using var noGrad = no_grad();
        var gradient = saved[0].detach().sub_(saved[2].unsqueeze(1)).exp_();
        var targets = saved[1].unsqueeze(1);
        gradient.scatter_add_(1, targets, full_like(targets, KeptNumbers.MinusOne, gradient.dtype)).mul_(grad_output.unsqueeze(1));
        return [gradient, null!];
    }
}
