using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>
/// A linear layer without bias, y = W x, whose frozen weight lies elsewhere in half precision and is widened to the input's type for each product, forward and backward: half-precision
/// products are slow on processors and round more. No wide copy outlives its product.
/// </summary>
public sealed class WideningLinear : nn.Module<Tensor, Tensor>
{
    private readonly WideningBuffer buffer;
    private Parameter? weight; // named as it is registered: see Conv1D

    internal WideningLinear(long inputSize, long outputSize, WideningBuffer buffer) : base(nameof(WideningLinear)) => (InputSize, OutputSize, this.buffer) = (inputSize, outputSize, buffer);

    /// <summary>Width of the input.</summary>
    public long InputSize { get; }

    /// <summary>Width of the output.</summary>
    public long OutputSize { get; }

    /// <summary>W, <c>[out, in]</c>, of any floating-point type.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public Parameter Weight => weight ?? throw new InvalidOperationException("the layer has no weight yet");

    /// <summary><c>[..., in]</c> to <c>[..., out]</c>.</summary>
    public override Tensor forward(Tensor x) => WidenedProduct.apply(x, Weight, buffer);

    /// <summary>Gives the layer its weight, which is not copied.</summary>
    internal void Attach(Tensor stored) => register_parameter("weight", weight = new Parameter(stored, requires_grad: false));
}

/// <summary>Room for one widened weight, which all layers of a model use in turn: fresh memory for each would cost more than the widening.</summary>
internal sealed class WideningBuffer
{
    private Tensor? room, handedOver;

    /// <summary>The weight in another element type; valid until the next call.</summary>
    public Tensor Widen(Tensor weight, ScalarType type)
    {
        if (weight.dtype == type)
            return weight;
        if (room is null || room.numel() < weight.numel() || room.dtype != type)
        {
            room?.Dispose();
            room = empty(weight.numel(), type, weight.device).DetachFromDisposeScope();
        }
        return room.narrow(0, 0, weight.numel()).view(weight.shape).copy_(weight);
    }

    /// <summary>Keeps a gradient until the next one comes: TorchSharp reads it after the function has returned, and would leave it to the garbage collector.</summary>
    public Tensor HandOver(Tensor gradient)
    {
        handedOver?.Dispose();
        return handedOver = gradient.DetachFromDisposeScope();
    }
}

/// <summary>x W^T, with gradient e W for x and none for W.</summary>
internal sealed class WidenedProduct : autograd.SingleTensorFunction<WidenedProduct>
{
    /// <inheritdoc/>
    public override string Name => nameof(WidenedProduct);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight, buffer) = ((Tensor)vars[0], (Tensor)vars[1], (WideningBuffer)vars[2]);
        ctx.save_for_backward([weight]);
        ctx.save_data(nameof(WideningBuffer), buffer);
        return x.matmul(buffer.Widen(weight, x.dtype).t());
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var buffer = (WideningBuffer)ctx.get_data(nameof(WideningBuffer));
        var gradient = grad_output.matmul(buffer.Widen(ctx.get_saved_variables()[0], grad_output.dtype));
        grad_output.Dispose();
        return [buffer.HandOver(gradient), null!, null!]; // one for each argument
    }
}
