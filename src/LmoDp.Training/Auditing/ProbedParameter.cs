using LmoDp.Models;
using LmoDp.Models.Layers;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Clipping;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Auditing;

/// <summary>
/// A trained parameter, reached through its own layer alone: the layer is called with an input that makes its output at one place the wanted number. A loss on that output has a gradient of one coordinate, and
/// it takes the way of every gradient: hooks, norms, clipping, sum.
/// </summary>
internal sealed class ProbedParameter
{
    private readonly nn.Module<Tensor, Tensor> layer;
    private readonly long inputWidth;
    private readonly Func<long, (long? Input, long Output)> place;

    /// <param name="name">The parameter's name.</param>
    /// <param name="count">How many numbers it has.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="inputWidth">Numbers in an input of the layer; 0 where inputs are ids.</param>
    /// <param name="place">For each number the input that is 1 (or the id), null where all are 0, and the output where it shows.</param>
    private ProbedParameter(string name, long count, nn.Module<Tensor, Tensor> layer, long inputWidth, Func<long, (long? Input, long Output)> place)
        => (Name, Count, this.layer, this.inputWidth, this.place) = (name, count, layer, inputWidth, place);

    /// <summary>The parameter's name.</summary>
    public string Name { get; }

    /// <summary>How many numbers it has.</summary>
    public long Count { get; }

    /// <summary>The trained parameters that belong to a layer of a known kind, in the model's order.</summary>
    public static IReadOnlyList<ProbedParameter> Of(nn.Module model, IEnumerable<(string Name, Parameter Parameter)> trained)
    {
        using var scope = NewDisposeScope(); // an embedding makes a new object of its weight at each call
        var sizes = trained.ToDictionary(entry => entry.Name, entry => entry.Parameter.numel(), StringComparer.Ordinal);
        var found = new List<ProbedParameter>();
        foreach (var (path, module) in model.named_modules().Prepend(("", model)))
        {
            foreach (var (local, width, place) in Probes(module))
            {
                var name = path.Length == 0 ? local : $"{path}.{local}";
                if (sizes.Remove(name, out var count))
                    found.Add(new ProbedParameter(name, count, (nn.Module<Tensor, Tensor>)module, width, place));
            }
        }
        return found;
    }

    /// <summary>For each row the number at an index times a factor, or 0 where there is no index: differentiable, <c>[rows]</c>.</summary>
    /// <remarks>Each row is two tokens: the second has the input 0, and takes the layer's bias off again.</remarks>
    public Tensor Numbers(IReadOnlyList<long?> indices, float factor)
    {
        var rows = indices.Count;
        var places = indices.Select(index => index is { } at ? place(at) : (Input: null, Output: 0)).ToArray();
        var output = layer.call(Input(places));
        var at = tensor(places.Select(chosen => chosen.Output).ToArray(), device: output.device).unsqueeze(1);
        var (first, second) = (output.select(1, 0).gather(1, at).squeeze(1), output.select(1, 1).gather(1, at).squeeze(1));
        var shows = indices.Select(index => index is null ? 0 : factor).ToArray();
        var offset = places.Select(chosen => chosen.Input is null || inputWidth == 0 ? 0 : -factor).ToArray();
        return first.mul(tensor(shows, device: output.device)).Plus(second.mul(tensor(offset, device: output.device)));

        Tensor Input((long? Input, long Output)[] chosen)
        {
            if (inputWidth == 0)
                return tensor(chosen.SelectMany(each => new[] { each.Input ?? 0, 0 }).ToArray(), [rows, 2]);
            var values = new float[rows * 2 * inputWidth];
            for (var row = 0; row < rows; row++)
            {
                if (chosen[row].Input is { } one)
                    values[row * 2 * inputWidth + one] = 1;
            }
            return tensor(values, [rows, 2, inputWidth]);
        }
    }

    private static IEnumerable<(string Name, long InputWidth, Func<long, (long?, long)> Place)> Probes(nn.Module module)
    {
        switch (module)
        {
            case Linear linear:
                var inputs = linear.weight!.shape[1];
                yield return ("weight", inputs, index => (index % inputs, index / inputs));
                yield return ("bias", inputs, index => (null, index));
                break;
            case Conv1D linear:
                var (from, to) = (linear.Weight.shape[0], linear.Weight.shape[1]);
                yield return ("weight", from, index => (index / to, index % to));
                yield return ("bias", from, index => (null, index));
                break;
            case Embedding embedding:
                var width = embedding.weight!.shape[1];
                yield return ("weight", 0, index => (index / width, index % width));
                break;
            case LayerNorm norm:
                yield return ("weight", norm.normalized_shape[0], index => (index, index));
                yield return ("bias", norm.normalized_shape[0], index => (null, index));
                break;
            case RmsNorm norm:
                yield return ("weight", norm.Weight.shape[0], index => (index, index));
                break;
            case TiedDecoder decoder:
                yield return ("bias", decoder.Weight.shape[1], index => (null, index));
                break;
        }
    }
}

/// <summary>A canary that moves one trained number: the adversary's best choice, for the noise of the coordinates is independent, and no other canary disturbs it.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Index">The number's index in it, in row-major order.</param>
internal sealed record GradientCanary(ProbedParameter Parameter, long Index)
{
    /// <summary>Canaries at different numbers, as many in one parameter as in another where they are large enough: a fault in one layer shows in the canaries of that layer.</summary>
    /// <param name="parameters">What is trained.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">Of the places.</param>
    /// <exception cref="BadInputException">More canaries than trained numbers.</exception>
    public static IReadOnlyList<GradientCanary> Choose(IReadOnlyList<ProbedParameter> parameters, int count, RandomSource random)
    {
        var numbers = parameters.Sum(parameter => parameter.Count);
        if (numbers < count)
            throw new BadInputException($"each canary needs a trained number of its own, and there are only {numbers}: give fewer --canaries, or train more");
        var shares = new long[parameters.Count];
        for (var left = (long)count; left > 0;)
        {
            var open = Enumerable.Range(0, shares.Length).Where(i => shares[i] < parameters[i].Count).ToArray();
            foreach (var i in open.Take((int)Math.Min(left, open.Length)))
            {
                shares[i]++;
                left--;
            }
        }
        return [.. parameters.SelectMany((parameter, i) => Distinct(parameter.Count, (int)shares[i], random).Select(index => new GradientCanary(parameter, index)))];
    }

    /// <summary>What tensors hold at the canaries' places.</summary>
    /// <param name="canaries">Canaries of one parameter are neighbours.</param>
    /// <param name="values">The tensor of a parameter, of its shape.</param>
    public static double[] At(IReadOnlyList<GradientCanary> canaries, Func<string, Tensor> values)
    {
        using var scope = NewDisposeScope();
        return [.. canaries.GroupBy(canary => canary.Parameter.Name).SelectMany(group =>
            values(group.Key).cpu().reshape(-1).index_select(0, tensor(group.Select(canary => canary.Index).ToArray())).ToDoubles())];
    }

    /// <summary>Different numbers below a limit, ascending (Floyd, in Bentley 1987). The modulus favours some by next to nothing, and nothing depends on it.</summary>
    private static SortedSet<long> Distinct(long limit, int count, RandomSource random)
    {
        var chosen = new SortedSet<long>();
        for (var last = limit - count; last < limit; last++)
        {
            var drawn = (long)(random.NextUInt64() % (ulong)(last + 1));
            if (!chosen.Add(drawn))
                chosen.Add(last);
        }
        return chosen;
    }
}
