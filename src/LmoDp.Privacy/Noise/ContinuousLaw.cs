namespace LmoDp.Privacy.Noise;

/// <summary>A noise law with a density on the real line, continuous everywhere (it may have a kink at 0).</summary>
public abstract class ContinuousLaw : NoiseLaw
{
    /// <summary>How log f bends on z &gt; 0.</summary>
    public abstract LogShape Shape { get; }

    /// <summary>|(log f)'(z)| at z &gt; 0.</summary>
    public abstract double Slope(double z);

    /// <summary>The steepest slope of |log f|: +infinity where it is unbounded.</summary>
    public virtual double LipschitzConstant => double.PositiveInfinity;

    /// <summary>An upper bound on (log f)''(z) over z &gt; 0: how far log f is from being concave there; 0 for log-concave laws.</summary>
    public virtual double CurvatureBound => 0;

    /// <summary>A bound on the relative error of <see cref="NoiseLaw.Survival"/> where its logarithm is small (tested against values of many digits).</summary>
    public virtual double SurvivalError => 2e-15;

    /// <summary>P(a &lt; Z &lt;= b), a &lt;= b, from the tail that both ends share, so that far intervals keep their digits.</summary>
    public double Probability(double a, double b)
    {
        if (a >= 0)
            return Math.Max(Survival(a) - Survival(b), 0);
        return b <= 0 ? Probability(-b, -a) : Math.Max(1 - Survival(-a) - Survival(b), 0);
    }

    /// <summary>
    /// The outputs whose privacy loss exceeds <paramref name="threshold"/> &gt;= 0: an open interval within (shift/2, infinity), by <see cref="Shape"/>.
    /// </summary>
    public virtual LossInterval LossExceeding(double threshold, double shift) => LossInterval.Solve(this, threshold, shift);
}
