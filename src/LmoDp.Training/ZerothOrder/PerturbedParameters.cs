using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.ZerothOrder;

/// <summary>
/// The trained parameters, which are moved along directions in their own place, without a copy, and come back bit by bit.
/// <para>
/// Adding s and subtracting it again does not give back a float32 in general. It does for those that this class keeps: x = fl(fl(x + t) - t), t = s with the sign of x, s a power of two. With y = fl(x + t)
/// and |x| below 2^23 s, s is a multiple of the spacing ulp(y) of float32 around y. So is y - t, which is no larger than y and hence a float32 itself: the subtraction is exact, and the result z a
/// multiple of ulp(y) with |z| + s = |y|. Then z + s and z - s are multiples of ulp(y) no larger than |y|, hence exact, and so is the way from one to the other and back. What the rule costs is
/// half a spacing at |x| + s: 2^-24 s where |x| is below s, and elsewhere at most twice what float32 loses anyway, as |x| + s may lie in the next power of two.
/// </para>
/// Every operation is one of IEEE float32 on one number: the same bits on every machine and for any number of threads.
/// </summary>
public sealed class PerturbedParameters
{
    /// <summary>|x| / s at most: half of what the argument allows.</summary>
    private const float Largest = 1 << 22;

    private const int PieceLength = 1 << 16, Lanes = 8;

    /// <summary>Bit j of a byte, times this, is a sign bit in lane j.</summary>
    private static readonly Vector256<int> ToSignBit = Vector256.Create(1 << 31, 1 << 30, 1 << 29, 1 << 28, 1 << 27, 1 << 26, 1 << 25, 1 << 24);

    private readonly IReadOnlyList<(string Name, Parameter Parameter)> parameters;
    private readonly byte[] signs = new byte[PieceLength / Lanes];

    /// <summary>Takes the parameters over, each rounded to the nearest number that comes back.</summary>
    /// <param name="parameters">float32, on the CPU.</param>
    /// <param name="scale">s, as <see cref="Scale"/> rounds it.</param>
    /// <exception cref="BadInputException">A parameter holds a number that is not finite or too large for s.</exception>
    public PerturbedParameters(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double scale)
    {
        (this.parameters, Scale) = (parameters, PowerOfTwo(scale));
        var limit = Scale * Largest;
        foreach (var (name, parameter) in parameters)
        {
            if (parameter.dtype != ScalarType.Float32 || parameter.device_type != TorchSharp.DeviceType.CPU || !parameter.is_contiguous())
                throw new ArgumentException($"parameter '{name}' is not a contiguous float32 tensor on the CPU", nameof(parameters));
            ForEachPiece(parameter, numbers =>
            {
                foreach (var number in numbers)
                {
                    if (!(Math.Abs(number) <= limit))
                        throw new BadInputException(FormattableString.Invariant($"parameter '{name}' holds {number}, beyond {limit:R}: give a larger --perturbation, or another model"));
                }
            });
        }
        Move(null, 0);
    }

    /// <summary>s: how far directions reach in each coordinate.</summary>
    public float Scale { get; }

    /// <summary>The smallest and the largest s.</summary>
    public const double LeastScale = 1.0 / (1 << 20), MostScale = 1;

    /// <summary>The power of two next to a number on a logarithmic scale.</summary>
    /// <exception cref="BadInputException">It is not within <see cref="LeastScale"/> and <see cref="MostScale"/>.</exception>
    public static float PowerOfTwo(double scale) => scale is >= LeastScale and <= MostScale
        ? (float)Math.ScaleB(1, (int)Math.Round(Math.Log2(scale)))
        : throw new BadInputException(FormattableString.Invariant($"the perturbation must lie between {LeastScale:R} and {MostScale:R}, not {scale:R}"));

    /// <summary>Adds <paramref name="multiple"/> s u, exactly, where the parameters stay within s of where they rest.</summary>
    /// <param name="direction">u.</param>
    /// <param name="multiple">-2 to 2.</param>
    public void Shift(SignDirection direction, int multiple)
    {
        var amount = Vector256.Create(multiple * Scale);
        ForEachLane(direction, (number, minus) => number + (amount.AsInt32() ^ minus).AsSingle());
    }

    /// <summary>Moves to the number that comes back nearest to x - rate u, within the limits.</summary>
    /// <param name="direction">u.</param>
    /// <param name="rate">How far; may be negative, and any number but NaN.</param>
    public void Descend(SignDirection direction, float rate) => Move(direction, rate);

    private void Move(SignDirection? direction, float rate)
    {
        var (amount, limit, scale, signBit) = (Vector256.Create(-rate), Vector256.Create(Scale * Largest), Vector256.Create(Scale), Vector256.Create(int.MinValue));
        ForEachLane(direction, (number, minus) =>
        {
            var moved = number + (amount.AsInt32() ^ minus).AsSingle();
            var x = Vector256.Max(Vector256.Min(moved, limit), -limit);
            var t = (scale.AsInt32() | (x.AsInt32() & signBit)).AsSingle();
            return x + t - t;
        });
    }

    /// <summary>Replaces all numbers, eight at a time, told the sign bits of the direction; without a direction all are plus.</summary>
    private void ForEachLane(SignDirection? direction, Func<Vector256<float>, Vector256<int>, Vector256<float>> next)
    {
        var signBit = Vector256.Create(int.MinValue);
        foreach (var (name, parameter) in parameters)
        {
            using var random = direction?.Open(name);
            ForEachPiece(parameter, numbers =>
            {
                var bytes = signs.AsSpan(0, (numbers.Length + Lanes - 1) / Lanes);
                random?.Fill(bytes);
                Span<float> last = stackalloc float[Lanes];
                for (var i = 0; i < bytes.Length; i++)
                {
                    var place = numbers[(i * Lanes)..];
                    var minus = random is null ? default : (Vector256.Create((int)bytes[i]) * ToSignBit) & signBit;
                    if (place.Length >= Lanes)
                    {
                        next(Vector256.Create((ReadOnlySpan<float>)place), minus).CopyTo(place);
                        continue;
                    }
                    place.CopyTo(last);
                    next(Vector256.Create((ReadOnlySpan<float>)last), minus).CopyTo(last);
                    last[..place.Length].CopyTo(place);
                }
            });
        }
    }

    private delegate void Piece(Span<float> numbers);

    private static void ForEachPiece(Parameter parameter, Piece piece)
    {
        using var scope = NewDisposeScope();
        var flat = parameter.detach().view(-1);
        for (var start = 0L; start < flat.numel(); start += PieceLength)
        {
            using var part = flat.narrow(0, start, Math.Min(PieceLength, flat.numel() - start));
            piece(MemoryMarshal.Cast<byte, float>(part.bytes));
        }
    }
}
