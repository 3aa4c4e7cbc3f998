using System.Globalization;
using System.Text.Json;
using LmoDp.Models;
using static TorchSharp.torch;

namespace LmoDp.Training.Verification;

/// <summary>One batch of an inputs.json: what a model is run on to be compared with reference values.</summary>
/// <param name="Name">Its prefix among the expected tensors, such as <c>batch0</c>.</param>
/// <param name="Inputs">Ids and masks, padded on the right.</param>
/// <param name="Labels">Class ids <c>[batch]</c>, or token ids <c>[batch, tokens]</c> with -100 where nothing is to be predicted; int64.</param>
/// <param name="Prompt">If classes are predicted by words at a masked position, which; the labels are then not used.</param>
public sealed record VerificationBatch(string Name, TokenBatch Inputs, Tensor Labels, PromptLabels? Prompt)
{
    private const long LargestFile = 256 << 20;

    /// <summary>Number of examples.</summary>
    public long Count => Inputs.InputIds.shape[0];

    /// <summary>Reads an inputs.json: <c>{"batches": [{"name", "input_ids", "attention_mask", "token_type_ids", "labels", ...}]}</c>.</summary>
    /// <exception cref="BadInputException">The file is missing or malformed.</exception>
    public static IReadOnlyList<VerificationBatch> Read(string path)
    {
        using var document = VerificationJson.Read(path, LargestFile);
        if (!document.RootElement.TryGetProperty("batches", out var batches) || batches.ValueKind != JsonValueKind.Array || batches.GetArrayLength() == 0)
            throw new BadInputException($"'{path}' holds no list \"batches\"");
        return [.. batches.EnumerateArray().Select((batch, number) => Parse(batch, number, path))];
    }

    private static VerificationBatch Parse(JsonElement batch, int number, string path)
    {
        var name = VerificationJson.Property(batch, "name")?.GetString() ?? string.Create(CultureInfo.InvariantCulture, $"batch{number}");
        var ids = Required("input_ids", [-1, -1]);
        var (count, tokens) = (ids.shape[0], ids.shape[1]);
        var mask = Optional("attention_mask", [count, tokens]);
        var types = Optional("token_type_ids", [count, tokens]);
        var labels = VerificationJson.Property(batch, "labels") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.Array
            ? Required("labels", [count, tokens])
            : Required("labels", [count]);
        var prompt = Optional("mask_positions", [count]) is { } positions
            ? new PromptLabels(positions, Required("label_words", [-1]), Required("class_labels", [count]))
            : null;
        return new VerificationBatch(name, new TokenBatch(ids, mask, types), labels, prompt);

        Tensor Required(string key, long[] shape) => Optional(key, shape) ?? throw new BadInputException($"'{path}': {name} lacks {key}");

        Tensor? Optional(string key, long[] shape) => VerificationJson.Property(batch, key) is { } value ? VerificationJson.Integers(value, shape, $"'{path}': {key} of {name}") : null;
    }
}

/// <summary>Classification by words (Gao et al. 2021): class c is the word <c>Words[c]</c> at the masked position.</summary>
/// <param name="Positions">The masked position of each example, <c>[batch]</c>.</param>
/// <param name="Words">The word of each class, <c>[classes]</c>.</param>
/// <param name="Classes">The right class of each example, <c>[batch]</c>.</param>
public sealed record PromptLabels(Tensor Positions, Tensor Words, Tensor Classes);
