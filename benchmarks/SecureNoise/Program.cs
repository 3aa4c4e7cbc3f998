// How fast secure noise is, on one core: random bytes of AES-256 in counter mode, and Gaussian draws with tails to 13.3 standard deviations made of them.
//   taskset -c 0 dotnet run --project benchmarks/SecureNoise -c Release -- [rounds]
// Each round makes 2^22 draws; the median, and the best round, which other programs disturbed least, in processor time. A step that trains d numbers takes d draws: benchmarks/PrivateStep says how long a step is.
using System.Globalization;
using System.Runtime.InteropServices;
using LmoDp.Privacy.Sampling;

var rounds = args is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 25;
var draws = new double[1 << 16];
const int Pieces = 64;
using var random = AesCtrRandomSource.FromOperatingSystem();
Report("AES-256-CTR, 64-bit words", () => random.Fill(MemoryMarshal.AsBytes(draws.AsSpan())));
Report("Gaussian draws", () => GaussianSampler.Fill(random, draws));

void Report(string what, Action fill)
{
    var times = new List<double>();
    for (var round = -3; round < rounds; round++) // three to warm up
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var piece = 0; piece < Pieces; piece++)
            fill();
        if (round >= 0)
            times.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }
    times.Sort();
    Console.WriteLine(FormattableString.Invariant($"{what + ":",-28}{Rate(times[times.Count / 2]),7:F1} million a second, best round {Rate(times[0]):F1}"));
}

double Rate(double seconds) => Pieces * draws.Length / seconds / 1e6;
