using System.CommandLine;
using System.Text.Json.Serialization;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Training.Verification;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp verify</c>: a model against reference values.</summary>
internal sealed class VerifyVerb : Verb
{
    private readonly Option<string?> model = TypedOption.Text("--model", "Folder of the model, in the Hugging Face layout", "folder").Needed();
    private readonly Option<string?> inputs = TypedOption.Text("--inputs", "inputs.json: batches of token ids and labels", "file").Needed();
    private readonly Option<string?> expected = TypedOption.Text("--expected", "expected.safetensors, with expected.json beside it", "file").Needed();
    private readonly Option<string?> weights = TypedOption.Text("--weights", "A safetensors file to take instead of the folder's weights", "file");

    public VerifyVerb() : base("verify", "Compares a model's outputs, losses, per-example gradient norms and clipped sums with reference values.",
        "lmodp verify --model models/bert --inputs models/bert/inputs.json --expected models/bert/expected.safetensors")
    {
        foreach (var option in new Option[] { model, inputs, expected, weights })
            Options.Add(option);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        using var verified = VerifiableModel.Load(input.ExistingFolder(model)!, input.ExistingFile(weights));
        var found = ModelVerification.Run(verified, input.ExistingFile(inputs)!, input.ExistingFile(expected)!, cancellation);
        return new VerifyResult(found.Ok, found.Logits, found.Losses, found.HiddenStates, found.GradientNorms, found.ClippedSums, found.Compared);
    }
}

/// <summary>The largest errors, and whether all are within tolerance (<see cref="VerificationResult"/> defines each).</summary>
internal sealed record VerifyResult(bool Ok, double Logits, double Losses, double HiddenStates, double GradientNorms, double ClippedSums, int Compared) : VerbResult
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override int ExitCode => Ok ? 0 : 1;

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Table(["largest error", "found", "allowed"],
        [
            Row("logits", Logits, VerificationResult.OutputTolerance),
            Row("losses", Losses, VerificationResult.LossTolerance),
            Row("hidden states", HiddenStates, VerificationResult.OutputTolerance),
            Row("gradient norms", GradientNorms, VerificationResult.GradientTolerance),
            Row("clipped sums", ClippedSums, VerificationResult.GradientTolerance),
        ]);
        console.WriteLine(Ok ? $"ok: {Compared} reference tensors are met" : Compared > 0 ? "NOT ok: an error is above its limit" : "NOT ok: the reference holds nothing to compare");
    }

    private static string[] Row(string name, double error, double limit) => [name, Figures.Short(error), Figures.Short(limit)];
}
