using LmoDp.Models.Decoders;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Adapters;

/// <summary>Which parameters of a model are trained.</summary>
public enum TrainableSet
{
    /// <summary>All.</summary>
    Full,

    /// <summary>The adapters and the classification head.</summary>
    Lora,

    /// <summary>All biases (Ben Zaken et al. 2022, "BitFit") and the classification head.</summary>
    Bias,

    /// <summary>The classification head, or the output layers of a language model that do not share their weights with the word table.</summary>
    Head,

    /// <summary>The vectors of a soft prompt (<see cref="SoftPrompt"/>) and the classification head.</summary>
    Prompt,
}

/// <summary>Chooses the parameters to train, by their Hugging Face names.</summary>
public static class TrainableParameters
{
    /// <summary>BERT's pooler is what <c>classifier.dense</c> is to RoBERTa: a tanh layer on the first token, random where the model comes from masked-LM training alone.</summary>
    private static readonly string[] HeadPrefixes = ["classifier", "score", "bert.pooler"];

    /// <summary>The layers of a masked language model after its body, without the word table. Pre-training gives them: they are trained along with adapters or biases only so far as they are such.</summary>
    private static readonly string[] MaskedHeadPrefixes = [LanguageHead, "cls.predictions"];

    /// <summary>The output layer of a language model. Pre-training gives it, so it is trained along with adapters or biases only if all is.</summary>
    internal const string LanguageHead = "lm_head";

    /// <summary>The parameters of a set, in the model's order.</summary>
    /// <exception cref="BadInputException">The model has none: biases of a Llama, head of a model without a head, LoRA before adapters are attached.</exception>
    public static IReadOnlyList<(string Name, Parameter Parameter)> Select(nn.Module model, TrainableSet set)
    {
        var named = model.named_parameters().ToArray();
        if (set == TrainableSet.Lora && !named.Any(pair => LoraAdapters.IsAdapter(pair.name)))
            throw new BadInputException("LoRA needs adapters: attach them before choosing what to train");
        if (set == TrainableSet.Bias && named.All(pair => IsHead(pair.name) || !IsBias(pair.name)))
            throw new BadInputException("the model has no biases to train with --trainable bias: choose --trainable lora, or full");
        if (set == TrainableSet.Prompt && !named.Any(pair => SoftPrompt.Owns(pair.name)))
            throw new BadInputException("there is no soft prompt: attach one before choosing what to train");
        (string Name, Parameter Parameter)[] chosen = [.. named.Where(pair => Belongs(pair.name, set))];
        if (chosen.Length > 0)
            return chosen;
        var reason = set == TrainableSet.Head && model is CausalLanguageModel ? ": its output layer is the word table; choose --trainable lora, bias or full" : "";
        throw new BadInputException($"the model has no parameters to train with --trainable {set.ToString().ToLowerInvariant()}{reason}");
    }

    /// <summary>Whether a module or parameter is part of the classification head, which pre-training does not give.</summary>
    public static bool IsHead(string name) => HeadPrefixes.Any(prefix => name == prefix || name.StartsWith(prefix + '.', StringComparison.Ordinal));

    private static bool IsBias(string name) => name.EndsWith(".bias", StringComparison.Ordinal);

    private static bool Belongs(string name, TrainableSet set) => set switch
    {
        TrainableSet.Full => true,
        TrainableSet.Lora => LoraAdapters.IsAdapter(name) || IsHead(name),
        TrainableSet.Prompt => SoftPrompt.Owns(name) || IsHead(name),
        TrainableSet.Bias => IsBias(name) || IsHead(name),
        _ => IsHead(name) || MaskedHeadPrefixes.Any(prefix => name.StartsWith(prefix + '.', StringComparison.Ordinal)),
    };
}
