using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// What the forward pass of one micro-batch leaves behind: each trained layer's input and output. Where an output does not yet depend on an earlier one it becomes a leaf of
/// the graph, so that nothing below it is differentiated.
/// </summary>
/// <remarks>Outputs are taken out of the dispose scopes that the model opens; the recording frees them.</remarks>
internal sealed class ForwardRecording(long batch) : IDisposable
{
    private readonly List<(RecordedLayer Layer, TokenRows? Input, Tensor? Ids, Tensor Output)> calls = [];
    private readonly Dictionary<Tensor, TokenRows> inputs = new(ReferenceEqualityComparer.Instance);

    /// <summary>Records a call.</summary>
    /// <returns>The output that the model shall go on with.</returns>
    public Tensor Record(RecordedLayer layer, Tensor input, Tensor output, bool needsInput)
    {
        var integral = input.is_integral();
        output = layer.Expand(output, batch);
        if (output.shape.Length < (integral ? 3 : 2) || output.shape[0] != batch)
        {
            throw new InvalidOperationException(
                $"{layer.Module.GetName()} gives [{string.Join(", ", output.shape)}], but for per-example gradients the first axis of inputs and outputs must be the batch of {batch} examples");
        }
        if (!output.requires_grad)
            output.requires_grad_(true);
        TokenRows? rows = null;
        Tensor? ids = null;
        if (needsInput && integral)
            ids = input.expand([batch, .. input.shape[1..]]).reshape(batch, -1).DetachFromDisposeScope();
        else if (needsInput && !inputs.TryGetValue(input, out rows))
            inputs.Add(input, rows = new TokenRows(input));
        calls.Add((layer, rows, ids, output.DetachFromDisposeScope()));
        return output;
    }

    /// <summary>
    /// Differentiates the summed losses with respect to all recorded outputs, in one backward pass that asks for no parameter's gradient, and hands each trained parameter its
    /// per-example gradients.
    /// </summary>
    /// <param name="total">The sum over examples of their losses.</param>
    /// <param name="trained">Receives them.</param>
    public void Backward(Tensor total, TrainedParameters trained)
    {
        if (calls.Count == 0 || !total.requires_grad)
            throw new InvalidOperationException("the losses depend on no trained parameter (are the model's layers run through call?)");
        var gradients = autograd.grad([total], [.. calls.Select(call => call.Output)], allow_unused: true);
        using var noGrad = no_grad();
        for (var i = 0; i < calls.Count; i++)
        {
            var (layer, input, ids, output) = calls[i];
            output.Dispose();
            if (gradients[i].IsInvalid) // the losses do not depend on this call
                continue;
            var rows = new TokenRows(gradients[i]);
            gradients[i].Dispose();
            layer.Contribute(new LayerCall(layer, input, ids, rows), trained);
            rows.FreeUnlessHeld();
        }
        foreach (var rows in inputs.Values)
            rows.FreeUnlessHeld();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, ids, output) in calls)
        {
            ids?.Dispose();
            output.Dispose();
        }
        foreach (var rows in inputs.Values)
            rows.Free();
    }
}
