using System.Globalization;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>
/// A deeper Transformer from a shallower one that has learned already (Gong et al. 2019, "Efficient Training of BERT by Progressively Stacking", algorithm 1, there for doubling):
/// its layers are the shallower one's, all of them in order, several times over; what is before and after them is the same. It computes something else, but is far nearer to a trained model than fresh weights.
/// </summary>
public static partial class LayerStacking
{
    /// <summary>Refuses a depth that stacking cannot reach.</summary>
    /// <param name="from">Layers of the shallower model.</param>
    /// <param name="to">Layers of the deeper one.</param>
    /// <exception cref="BadInputException">It is not a multiple.</exception>
    public static void Check(int from, int to)
    {
        if (to % from != 0)
            throw new BadInputException($"a model of {from} layers grows by whole copies of them, so to {2 * from}, {3 * from} and so on, not to {to}");
    }

    /// <summary>Copies the parameters: layer i of the deeper model is layer i mod n of the shallower one's n.</summary>
    /// <param name="deeper">Changed in place; but for the depth built as the other.</param>
    /// <param name="shallower">Left as it is.</param>
    /// <param name="layers">Layers of the shallower model.</param>
    public static void Copy(nn.Module deeper, nn.Module shallower, int layers)
    {
        using var noGrad = no_grad();
        var learned = shallower.named_parameters().ToDictionary(item => item.name, item => item.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in deeper.named_parameters())
            parameter.copy_(learned[LayerNumber().Replace(name, number => (int.Parse(number.Value, CultureInfo.InvariantCulture) % layers).ToString(CultureInfo.InvariantCulture), 1)]);
    }

    /// <summary>The first number of a name: <c>roberta.encoder.layer.2.…</c>, <c>transformer.h.2.…</c>, <c>model.layers.2.…</c>.</summary>
    [GeneratedRegex(@"(?<=\.)\d+(?=\.)", RegexOptions.CultureInvariant)]
    private static partial Regex LayerNumber();
}
