using System.Security.Cryptography;
using System.Text;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.Ledger;

/// <summary>A release that the ledger holds, and the randomness of its noise. Only <see cref="ReleaseGate"/> makes one.</summary>
public sealed class AuthorizedRelease
{
    private readonly byte[] key;
    private readonly HashSet<string> opened = new(StringComparer.Ordinal);

    internal AuthorizedRelease(byte[] key, bool isCharged)
    {
        this.key = key;
        IsCharged = isCharged;
    }

    /// <summary>Whether it was charged now; false where the ledger held it already and it is made again bit by bit.</summary>
    internal bool IsCharged { get; }

    /// <summary>The source of the noise of one part of the sum (a parameter, or the only scalar), so that parts can be noised in any order and on any thread.</summary>
    /// <param name="part">The part's name.</param>
    /// <exception cref="InvalidOperationException">The part has had its noise: the same noise on two sums would cancel.</exception>
    public AesCtrRandomSource OpenNoise(string part)
    {
        lock (opened)
        {
            if (!opened.Add(part))
                throw new InvalidOperationException($"the noise of '{part}' was drawn already");
        }
        return new AesCtrRandomSource(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part)));
    }
}
