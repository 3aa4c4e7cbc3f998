using LmoDp.Privacy.Search;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>Small frames and unimodal laws on them.</summary>
internal static class SearchFrames
{
    /// <summary>A random law that does not increase, in a frame: sums of flat laws with weights over many orders of magnitude.</summary>
    public static double[] Unimodal(LatticeFrame frame, Random random, double decades = 4)
    {
        var weights = new double[frame.Last + 1];
        var sum = 0.0;
        for (var k = frame.Last; k >= 0; k--)
            weights[k] = sum += Math.Pow(10, -decades * random.NextDouble()) * Math.Exp(-(double)k / frame.StepsPerSensitivity);
        return Normalised(frame, weights);
    }

    /// <summary>A random mixture of a few flat laws, the extreme points of the unimodal ones; the widest includes the tail.</summary>
    public static double[] Flats(LatticeFrame frame, Random random)
    {
        var weights = new double[frame.Last + 1];
        for (var part = 0; part < 3; part++)
        {
            var (width, height) = (random.Next(frame.Last + 1), random.NextDouble());
            for (var k = 0; k <= width; k++)
                weights[k] += height;
        }
        return Normalised(frame, weights);
    }

    /// <summary>Laplace noise of the frame's tail ratio throughout.</summary>
    public static double[] Geometric(LatticeFrame frame) => Normalised(frame, [.. Enumerable.Range(0, frame.Last + 1).Select(k => Math.Pow(frame.TailRatio, k))]);

    public static double[] Normalised(LatticeFrame frame, double[] weights)
    {
        var mass = LatticeFrame.Dot(frame.Masses, weights);
        return [.. weights.Select(weight => weight / mass)];
    }

    /// <summary>Probabilities of places 0, 1, ... including the tail as far as it counts.</summary>
    public static double[] Probabilities(LatticeFrame frame, double[] weights)
    {
        var probabilities = weights.ToList();
        while (probabilities[^1] > 1e-40)
            probabilities.Add(probabilities[^1] * frame.TailRatio);
        return [.. probabilities];
    }
}
