using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>BERT's initialisation: matrices and tables from N(0, std^2), biases 0, norm gains 1 (Devlin et al. 2019, appendix A.2).</summary>
public static class Initialization
{
    /// <summary>Draws parameters of a model anew.</summary>
    /// <param name="model">Changed in place.</param>
    /// <param name="std">BERT's is 0.02.</param>
    /// <param name="seed">Gives the same parameters on every machine.</param>
    /// <param name="only">Names of the parameters to draw; null for all.</param>
    public static void Normal(nn.Module model, double std, long seed, IReadOnlyCollection<string>? only = null)
    {
        using var generator = new Generator((ulong)seed);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (only?.Contains(name) == false)
                continue;
            if (parameter.dim() > 1)
                parameter.normal_(0, std, generator);
            else if (name.EndsWith("weight", StringComparison.Ordinal))
                parameter.fill_(KeptNumbers.One);
            else
                parameter.zero_();
        }
    }
}
