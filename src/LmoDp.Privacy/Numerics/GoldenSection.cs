namespace LmoDp.Privacy.Numerics;

/// <summary>Golden-section search.</summary>
internal static class GoldenSection
{
    private const double Golden = 0.6180339887498949;

    /// <summary>Where a function with one valley is least, within half a tolerance. A value that is not a number counts as more than any other.</summary>
    /// <param name="function">Falls, then rises.</param>
    /// <param name="low">Left end.</param>
    /// <param name="high">Right end.</param>
    /// <param name="tolerance">Width of the last bracket.</param>
    public static double Minimum(Func<double, double> function, double low, double high, double tolerance)
    {
        var (left, right) = (high - Golden * (high - low), low + Golden * (high - low));
        var (atLeft, atRight) = (function(left), function(right));
        while (high - low > tolerance)
        {
            if (atLeft <= atRight || double.IsNaN(atRight))
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - Golden * (high - low);
                atLeft = function(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + Golden * (high - low);
                atRight = function(right);
            }
        }
        return (low + high) / 2;
    }
}
