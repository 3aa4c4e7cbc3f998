using System.Numerics;
using LmoDp.Privacy.Auditing;
using Xunit;

namespace LmoDp.Privacy.Tests.Auditing;

public class BinomialConfidenceTests
{
    [Theory]
    [InlineData(5, 10, 0.1870860, 0.8129140)] // the textbook's two-sided 95 % limits
    [InlineData(10, 100, 0.0490047, 0.1762226)]
    [InlineData(1, 20, 0.0012651, 0.2487328)]
    public void LimitsAreThoseOfTheTables(long successes, long trials, double lower, double upper)
    {
        Assert.Equal(lower, BinomialConfidence.Lower(successes, trials, 0.025), 2e-5);
        Assert.Equal(upper, BinomialConfidence.Upper(successes, trials, 0.025), 2e-5);
    }

    [Theory]
    [InlineData(10, 0.05)]
    [InlineData(1_000_000, 0.01)]
    public void NoSuccessHasAClosedForm(long trials, double error)
    {
        var exact = -double.ExpM1(Math.Log(error) / trials);
        Assert.InRange(BinomialConfidence.Upper(0, trials, error), exact, exact * (1 + 3e-5));
        Assert.Equal(0, BinomialConfidence.Lower(0, trials, error));
        Assert.Equal(1, BinomialConfidence.Upper(trials, trials, error));
        Assert.InRange(BinomialConfidence.Lower(trials, trials, error), (1 - exact) * (1 - 3e-5), 1 - exact);
    }

    [Fact]
    public void LimitsAreWrongAsSeldomAsTheyPromise()
    {
        const double Error = 0.05;
        const int Trials = 40;
        for (var p = 0.01; p < 1; p += 0.01)
        {
            var mass = Enumerable.Range(0, Trials + 1).Select(k => Mass(k, Trials, p)).ToArray();
            Assert.InRange(Enumerable.Range(0, Trials + 1).Where(k => BinomialConfidence.Lower(k, Trials, Error) > p).Sum(k => mass[k]), 0, Error);
            Assert.InRange(Enumerable.Range(0, Trials + 1).Where(k => BinomialConfidence.Upper(k, Trials, Error) < p).Sum(k => mass[k]), 0, Error);
        }
    }

    [Theory]
    [InlineData(500_000, 3)]
    [InlineData(500_000, 12_345)]
    [InlineData(500_000, 250_000)]
    [InlineData(1_000_000_000, 77)]
    public void LimitsOfManyTrialsHaveTheTailThatTheyShould(long trials, long successes)
    {
        // An independent sum in steps of the exact recursion, in units of the first term.
        var lower = BinomialConfidence.Lower(successes, trials, 0.01);
        Assert.InRange(BinomialConfidence.AtLeast(successes, trials, lower), 0.0095, 0.01);
        Assert.InRange(successes / (double)trials, lower, BinomialConfidence.Upper(successes, trials, 0.01));
    }

    private static double Mass(int k, int n, double p)
    {
        var choose = BigInteger.One;
        for (var i = 0; i < k; i++)
            choose = choose * (n - i) / (i + 1);
        return (double)choose * Math.Pow(p, k) * Math.Pow(1 - p, n - k);
    }
}
