namespace LmoDp.Privacy.Search;

/// <summary>
/// sum (P - e^epsilon Q)_+ &lt;= delta, the guarantee of one release, which makes the programme a linear one: a_i = P_i - e^epsilon Q_i &lt;= u_i, 0 &lt;= u_i, sum u &lt;= delta. The barrier is
/// that of these constraints with the u at their best, which is known in closed form: with room r = delta - sum u, u = r + (a + sqrt(a^2 + 4 r^2)) / 2, and r is the root of one equation.
/// </summary>
/// <param name="epsilon">At least 0.</param>
/// <param name="delta">Between 0 and 1.</param>
internal sealed class HockeyStickBarrier(double epsilon, double delta) : PrivacyTerm
{
    private readonly double ratio = Math.Exp(epsilon);

    /// <inheritdoc/>
    public override double Bound => delta;

    /// <inheritdoc/>
    public override int Logarithms(int outcomes) => 2 * outcomes + 1;

    /// <inheritdoc/>
    public override double Divergence(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
            sum += Math.Max(p[i] - ratio * q[i], 0);
        return sum;
    }

    /// <inheritdoc/>
    public override double Value(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double sharpness)
    {
        var room = Room(p, q);
        if (!(room > 0))
            return double.PositiveInfinity;
        var value = -Math.Log(room / delta);
        for (var i = 0; i < p.Length; i++)
        {
            var (u, v) = Slacks(p[i] - ratio * q[i], room);
            value -= Math.Log(u / delta) + Math.Log(v / delta);
        }
        return value;
    }

    /// <inheritdoc/>
    public override double Expand(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double sharpness, Span<Derivatives> derivatives)
    {
        var room = Room(p, q);
        var total = room * room;
        for (var i = 0; i < p.Length; i++)
        {
            var (u, v) = Slacks(p[i] - ratio * q[i], room);
            // With u eliminated: 1/(u^2 + v^2) along a, and the coupling through the room.
            var squares = u * u + v * v;
            var share = u / squares * u;
            total += share * v * v;
            var root = Math.Sqrt(1 / squares);
            derivatives[i] = new Derivatives { GradientP = 1 / v, GradientQ = -ratio / v, CurvatureP = root, CurvatureQ = -ratio * root, RankP = share, RankQ = -ratio * share };
        }
        var scale = 1 / Math.Sqrt(total);
        foreach (ref var outcome in derivatives)
        {
            outcome.RankP *= scale;
            outcome.RankQ *= scale;
        }
        return 1 / (sharpness * room);
    }

    /// <summary>u and v = u - a, both without cancellation.</summary>
    private static (double U, double V) Slacks(double a, double room)
    {
        var root = Math.Sqrt(a * a + 4 * room * room);
        return a >= 0 ? (room + (a + root) / 2, room + 2 * room * room / (root + a)) : (room + 2 * room * room / (root - a), room + (root - a) / 2);
    }

    /// <summary>The r with r + sum u(r) = delta, by Newton's method within a bracket; 0 where there is none.</summary>
    private double Room(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        if (!(Divergence(p, q) < delta))
            return 0;
        var (low, high) = (0.0, delta);
        var room = delta / (2 + 2 * p.Length);
        for (var i = 0; i < 100; i++)
        {
            var (excess, slope) = (room - delta, 1.0);
            for (var k = 0; k < p.Length; k++)
            {
                var a = p[k] - ratio * q[k];
                excess += Slacks(a, room).U;
                slope += 1 + 2 * room / Math.Sqrt(a * a + 4 * room * room);
            }
            (low, high) = excess > 0 ? (low, room) : (room, high);
            var next = room - excess / slope;
            if (!(next > low && next < high))
                next = (low + high) / 2;
            if (Math.Abs(next - room) <= 1e-15 * room)
                return next;
            room = next;
        }
        return room;
    }
}
