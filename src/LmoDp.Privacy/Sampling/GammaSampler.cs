namespace LmoDp.Privacy.Sampling;

/// <summary>Gamma draws by Marsaglia and Tsang, "A simple method for generating gamma variables", ACM Trans. Math. Software 26 (2000): exact rejection.</summary>
public static class GammaSampler
{
    /// <summary>One draw of Gamma(shape, scale 1), shape &gt; 0. Shapes below 1 are Gamma(shape + 1) times U^(1/shape), which may underflow to 0 for tiny shapes.</summary>
    public static double NextGamma(this RandomSource random, double shape)
    {
        if (shape < 1)
            return random.NextGamma(shape + 1) * Math.Exp(-random.NextExponential() / shape);
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = GaussianSampler.Next(random);
            var root = 1 + c * x;
            if (root <= 0)
                continue;
            var v = root * root * root;
            if (Math.Log(random.NextUniform()) < x * x / 2 + d * (1 - v + Math.Log(v)))
                return d * v;
        }
    }
}
