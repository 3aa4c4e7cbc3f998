using System.Globalization;

namespace LmoDp.Models.Adapters;

/// <summary>Which linear layers get low-rank adapters, and of what rank (Hu et al. 2022, "LoRA").</summary>
public sealed record LoraConfig
{
    /// <summary>r: the rank of the change.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>alpha: the change is multiplied by alpha / r, so that the learning rate need not follow the rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>
    /// The last parts of the adapted layers' names, such as <c>query</c>; null for every linear layer outside the head. By default the projections to queries and values: BERT's and
    /// RoBERTa's, Llama's, and GPT-2's, which is one for keys too.
    /// </summary>
    public IReadOnlyList<string>? TargetModules { get; init; } = ["query", "value", "q_proj", "v_proj", "c_attn"];

    private const int LargestRank = 4096; // wider than any layer that adapters are for; a file may ask for more than there is memory
    private const double LargestAlpha = 1e6; // far beyond use, far within float32

    /// <summary>alpha / r.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>Whether a layer is adapted.</summary>
    /// <param name="path">Its name in the model, such as <c>roberta.encoder.layer.0.attention.self.query</c>.</param>
    internal bool Adapts(string path)
    {
        return TargetModules is null
            ? !TrainableParameters.IsHead(path) && path != TrainableParameters.LanguageHead
            : TargetModules.Any(target => path == target || path.EndsWith('.' + target, StringComparison.Ordinal));
    }

    /// <exception cref="BadInputException">The rank or alpha is out of range.</exception>
    internal void Validate()
    {
        if (Rank is < 1 or > LargestRank)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the rank of LoRA must be 1 to {LargestRank}, not {Rank}"));
        if (!(Alpha > 0 && Alpha <= LargestAlpha))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"alpha of LoRA must be positive and at most {LargestAlpha}, not {Alpha}"));
    }
}
