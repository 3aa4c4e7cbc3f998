using System.Text;
using LmoDp.Cli.Accounting;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Readers of noise laws and compositions. A law that is read can be written and read again, and knows its standard deviation.</summary>
internal static class NoiseTargets
{
    private static readonly string[] Laws =
    [
        "gaussian:std=2", "laplace:scale=1", "generalised-gaussian:std=2,power=1.4", "lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2", "lmo:a3=0.1,scale=0.5", "lattice:steps=4,ratio=3/2^2,weights=9+7+4",
    ];

    public static FuzzTarget Composition(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("composition"), "composition.json");
        return new FuzzTarget("composition", file, FuzzTargets.Texts(
            """[{"noise":"gaussian:std=2","samplingRate":0.03,"steps":192,"perDraw":1},{"noise":"laplace:scale=3","samplingRate":1,"steps":2,"perDraw":4,"release":"scalar"}]""",
            """[{"noise":"lmo:a1=0.1,k=1,theta=0.5","samplingRate":0.5,"steps":1,"release":"vector"}]"""), () =>
            _ = new Composition([.. CompositionFile.Read(file).Select(group => new ReleaseGroup(
                group.Release == ReleaseKind.Vector ? new VectorRelease(NoiseLawParser.Parse(group.Noise)) : new ScalarRelease(NoiseLawParser.Parse(group.Noise)),
                group.SamplingRate, group.Steps, group.PerDraw))]));
    }

    /// <summary>The own format, lattices among it, and that of the LMO-DP authors.</summary>
    public static FuzzTarget File(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("noise"), "noise.json");
        return new FuzzTarget("noise file", file,
            [.. Laws.Select(law => Encoding.UTF8.GetBytes(NoiseLawFile.ToJson(NoiseLawParser.Parse(law)))), .. FuzzTargets.Texts("""{"a1":0.1,"a3":0.1,"a4":0.1,"G_theta":0.5,"G_k":1,"E_lambda":5,"U_b":2,"U_a":1,"distributions":["Gamma","Exponential","Uniform"]}""")],
            () => Know(NoiseLawFile.Read(file)));
    }

    /// <summary>What a user may type; it is read from no file, but comes out of one here.</summary>
    public static FuzzTarget Text(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("noise text"), "text");
        return new FuzzTarget("noise text", file, FuzzTargets.Texts(Laws), () => Know(NoiseLawParser.Parse(System.IO.File.ReadAllText(file))));
    }

    private static void Know(NoiseLaw law)
    {
        _ = law.StandardDeviation;
        if (NoiseLawParser.ParseInline(law.ToString()!).ToString() != law.ToString())
            throw new InvalidOperationException("a law is not what it is written as");
    }
}
