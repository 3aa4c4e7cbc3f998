using System.Globalization;
using System.Text.Json;
using LmoDp.Models.Adapters;
using LmoDp.Models.Checkpoints;
using LmoDp.Training.Clipping;
using LmoDp.Training.Loop;
using static TorchSharp.torch;

namespace LmoDp.Training.Verification;

/// <summary>
/// Compares a model with what a reference implementation computed from the same weights and inputs: outputs, losses, per-example gradient norms of every parameter, and the sum
/// of clipped gradients. What the reference does not hold is not compared.
/// </summary>
public sealed class ModelVerification : IDisposable
{
    private const long LargestExpectedJson = 64 << 20;
    private const double Floor = 1e-3; // below this share of the whole, an error is measured against the whole
    private readonly VerifiableModel model;
    private readonly SafetensorsFile expected;
    private readonly IReadOnlyDictionary<string, double> clippingNorms;
    private double logits, losses, hiddenStates, gradientNorms, clippedSums, normSlack;
    private int compared;

    private ModelVerification(VerifiableModel model, SafetensorsFile expected, IReadOnlyDictionary<string, double> clippingNorms)
        => (this.model, this.expected, this.clippingNorms) = (model, expected, clippingNorms);

    /// <summary>Runs the comparison.</summary>
    /// <param name="model">With its weights.</param>
    /// <param name="inputs">Path of inputs.json.</param>
    /// <param name="expected">Path of expected.safetensors; expected.json beside it holds the clipping norm C of each batch.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    /// <exception cref="BadInputException">A file is missing or malformed, or does not fit the model.</exception>
    public static VerificationResult Run(VerifiableModel model, string inputs, string expected, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var batches = VerificationBatch.Read(inputs);
        using var verification = new ModelVerification(model, SafetensorsFile.Open(expected), ReadClippingNorms(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(expected))!, "expected.json")));
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            using var region = new UncollectedRegion();
            model.Check(batch);
            verification.CompareOutputs(batch);
            verification.CompareGradients(batch);
        }
        return new VerificationResult(verification.logits, verification.losses, verification.hiddenStates, verification.gradientNorms, verification.clippedSums, verification.normSlack, verification.compared);
    }

    /// <inheritdoc/>
    public void Dispose() => expected.Dispose();

    private static Dictionary<string, double> ReadClippingNorms(string path)
    {
        using var document = VerificationJson.Read(path, LargestExpectedJson);
        var norms = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var batch in document.RootElement.EnumerateObject())
        {
            if (VerificationJson.Property(batch.Value, "C") is { } value)
                norms.Add(batch.Name, value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw new BadInputException($"'{path}': C of {batch.Name} is no number"));
        }
        return norms;
    }

    private void CompareOutputs(VerificationBatch batch)
    {
        using var noGrad = no_grad();
        var real = batch.Inputs.AttentionMask?.to(ScalarType.Bool);
        var scores = model.Logits(batch);
        foreach (var key in new[] { "logits", "logits_f64" })
            Compare(ref logits, batch, key, scores, scores.dim() == 3 ? real : null);
        if (batch.Prompt is { } prompt)
            Compare(ref logits, batch, "label_word_logits", VerifiableMaskedLm.WordScores(scores, prompt), null);
        Compare(ref losses, batch, "example_loss", model.Losses(scores, batch), null);
        foreach (var (layer, states) in model.HiddenStates(batch).Index())
            Compare(ref hiddenStates, batch, string.Create(CultureInfo.InvariantCulture, $"hidden_states/{layer}"), states, real);
    }

    private void CompareGradients(VerificationBatch batch)
    {
        if (!clippingNorms.TryGetValue(batch.Name, out var norm))
            return;
        var parameters = TrainableParameters.Select(model.Module, TrainableSet.Full);
        using var clipping = new PerExampleClipping(model.Module, parameters, new FlatClipping(norm), roundNormsUp: false);
        var found = clipping.Accumulate(batch.Count, () => model.Losses(model.Logits(batch), batch));
        normSlack = Math.Max(normSlack, found.NormBounds.Zip(found.Norms, (bound, computed) => bound / computed - 1).Max());

        var totals = Numbers(batch, "grad_norm_total", batch.Count) ?? [.. found.Norms];
        CompareNorms(found.Norms, totals, totals);
        foreach (var (name, norms) in found.ParameterNorms)
            CompareNorms(norms, Numbers(batch, $"grad_norm/{name}", batch.Count), totals);

        var sums = new List<(Tensor Found, Tensor Expected)>();
        foreach (var (name, _, sum) in clipping.Sums)
        {
            if (Read(batch, $"clipped_grad_sum/{name}", sum.shape) is { } reference)
                sums.Add((sum, reference));
        }
        var whole = sums.Select(sum => Largest(sum.Expected)).DefaultIfEmpty().Max();
        foreach (var (sum, reference) in sums)
            clippedSums = Worse(clippedSums, Largest(sum.to(ScalarType.Float64) - reference) / Scale(Largest(reference), whole));
    }

    private void CompareNorms(IReadOnlyList<double> found, double[]? reference, double[] totals)
    {
        for (var i = 0; reference is not null && i < reference.Length; i++)
            gradientNorms = Worse(gradientNorms, Math.Abs(found[i] - reference[i]) / Scale(reference[i], totals[i]));
    }

    /// <summary>Compares an output where <paramref name="real"/> (<c>[batch, tokens]</c>) is true; everywhere if it is null.</summary>
    private void Compare(ref double worst, VerificationBatch batch, string key, Tensor found, Tensor? real)
    {
        if (Read(batch, key, found.shape) is not { } reference)
            return;
        var values = found.to(ScalarType.Float64);
        if (real is not null)
            (values, reference) = (values[real], reference[real]);
        worst = Worse(worst, Largest(values - reference) / Math.Max(1, Largest(reference)));
    }

    private double[]? Numbers(VerificationBatch batch, string key, long count) => Read(batch, key, [count])?.data<double>().ToArray();

    /// <summary>A reference tensor in float64, or null if there is none.</summary>
    private Tensor? Read(VerificationBatch batch, string key, long[] shape)
    {
        var name = $"{batch.Name}/{key}";
        if (!expected.Contains(name))
            return null;
        if (!expected.Find(name).Shape.SequenceEqual(shape))
            throw new BadInputException($"'{expected.Path}': '{name}' has shape [{string.Join(", ", expected.Find(name).Shape)}], but the model gives [{string.Join(", ", shape)}]");
        compared++;
        return expected.Read(name).to(ScalarType.Float64);
    }

    /// <summary>What an error is measured against; above 0, so that nothing against nothing is no error.</summary>
    private static double Scale(double own, double whole) => Math.Max(Math.Max(own, Floor * whole), double.Epsilon);

    private static double Largest(Tensor values) => values.numel() == 0 ? 0 : values.abs().max().item<double>();

    // Math.Max keeps NaN, so that a comparison that fails to be a number fails.
    private static double Worse(double worst, double error) => Math.Max(worst, error);
}
