using LmoDp.Privacy.Sampling;
using LmoDp.Training.Ledger;

namespace LmoDp.Training.ZerothOrder;

/// <summary>
/// A direction u in the space of the trained numbers: each coordinate +1 or -1 with probability 1/2, independently, so that E u u^T = I and the norm is the same for all. The signs are bits of AES-256 in
/// counter mode under a key that everybody can compute: only the seed is kept, and every machine makes the same direction of it, to the bit. It depends on nothing private.
/// </summary>
/// <param name="Seed">The run's public seed.</param>
/// <param name="Step">The training step.</param>
/// <param name="Index">Which of the step's directions, from 0.</param>
public sealed record SignDirection(long Seed, int Step, int Index)
{
    /// <summary>The bits of a parameter's signs, from its beginning: number i of it has bit i mod 8 of byte i / 8, and a set bit is a minus.</summary>
    /// <param name="parameter">Its name.</param>
    public AesCtrRandomSource Open(string parameter)
    {
        using var hash = new CanonicalHash("direction");
        return new AesCtrRandomSource(hash.Add("seed", Seed).Add("step", Step).Add("index", Index).Add("parameter", parameter).Finish());
    }
}
