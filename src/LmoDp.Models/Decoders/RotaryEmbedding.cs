using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>
/// Rotary position embeddings (Su et al. 2021, section 3.4.2) in Hugging Face's layout: number j of a head turns together with number j + size / 2, by the angle
/// position * theta^(-2j / size). Angles are made in float32 whatever the model's type, as there.
/// </summary>
internal sealed class RotaryEmbedding
{
    private readonly Tensor cosine, signedSine;
    private readonly long half;

    /// <param name="size">Width of a head, even.</param>
    /// <param name="theta">Base of the wavelengths.</param>
    /// <param name="positions">int64, <c>[batch or 1, tokens]</c>.</param>
    /// <param name="type">Element type of queries and keys.</param>
    public RotaryEmbedding(long size, double theta, Tensor positions, ScalarType type)
    {
        half = size / 2;
        var frequencies = tensor([.. Enumerable.Range(0, (int)half).Select(j => 1 / MathF.Pow((float)theta, 2 * j / (float)size))], device: positions.device);
        var angles = positions.to(ScalarType.Float32).unsqueeze(-1).mul(frequencies).unsqueeze(1); // [batch, 1, tokens, size / 2]
        var (cos, sin) = (angles.cos(), angles.sin());
        cosine = cat([cos, cos], -1).to(type);
        signedSine = cat([sin.neg(), sin], -1).to(type);
    }

    /// <summary>Turns queries or keys, <c>[batch, heads, tokens, size]</c>: (a, b) becomes (a cos - b sin, b cos + a sin).</summary>
    public Tensor Rotate(Tensor x) => x.mul(cosine).Plus(x.roll(half, -1).mul(signedSine));
}
