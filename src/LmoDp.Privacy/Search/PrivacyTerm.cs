namespace LmoDp.Privacy.Search;

/// <summary>
/// What keeps a programme's pair private: a convex function of the outcomes' probabilities, beside sharpness times the cost and the logarithmic barrier of the weights. P and Q are lists of the
/// same length, one entry an outcome.
/// </summary>
internal abstract class PrivacyTerm
{
    /// <summary>What F may be.</summary>
    public abstract double Bound { get; }

    /// <summary>Number of logarithms in the term: each keeps a minimum 1 / sharpness away from the optimum.</summary>
    /// <param name="outcomes">Number of outcomes.</param>
    public abstract int Logarithms(int outcomes);

    /// <summary>The divergence F(P, Q) that is to be small.</summary>
    public abstract double Divergence(ReadOnlySpan<double> p, ReadOnlySpan<double> q);

    /// <summary>The term; +infinity where it is not defined.</summary>
    /// <param name="p">Probabilities under the first law.</param>
    /// <param name="q">Under the second.</param>
    /// <param name="sharpness">t of the barrier method.</param>
    public abstract double Value(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double sharpness);

    /// <summary>The term's first and second derivatives where it is defined.</summary>
    /// <param name="p">Probabilities under the first law.</param>
    /// <param name="q">Under the second.</param>
    /// <param name="sharpness">t.</param>
    /// <param name="derivatives">One an outcome, filled.</param>
    /// <returns>
    /// The multiplier y of F. At any other (P', Q'), the sum of <see cref="Derivatives.GradientP"/> P' + <see cref="Derivatives.GradientQ"/> Q', over t, is at most y F(P', Q').
    /// </returns>
    public abstract double Expand(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double sharpness, Span<Derivatives> derivatives);

    /// <summary>Told of F at the minimum, changes what the term demands where F is not what it should be.</summary>
    /// <param name="divergence">F at the minimum.</param>
    /// <param name="tolerance">Relative accuracy wanted now.</param>
    /// <returns>Whether anything was changed, so that the minimum is another.</returns>
    public virtual bool Adjust(double divergence, double tolerance) => false;

    /// <summary>
    /// One outcome's part of the derivatives. The Hessian is the sum over outcomes of the squares d d', plus the square r r' of one vector that has an entry (RankP, RankQ) for each outcome.
    /// </summary>
    internal struct Derivatives
    {
        /// <summary>Derivative in P.</summary>
        public double GradientP;

        /// <summary>Derivative in Q.</summary>
        public double GradientQ;

        /// <summary>d's entry for P.</summary>
        public double CurvatureP;

        /// <summary>d's entry for Q.</summary>
        public double CurvatureQ;

        /// <summary>r's entry for P.</summary>
        public double RankP;

        /// <summary>r's entry for Q.</summary>
        public double RankQ;
    }
}
