using LmoDp.Privacy.Auditing;
using Xunit;

namespace LmoDp.Privacy.Tests.Auditing;

public class OneRunAuditTests
{
    [Theory] // sums of 60 digits
    [InlineData(100, 100, 80, 1.0, 1e-5, 0.07170153371927081)]
    [InlineData(1000, 600, 600, 3.0, 1e-5, 0.0005192544683212467)]
    [InlineData(1000, 200, 150, 0.5, 1e-6, 0.00014238442986851541)]
    [InlineData(50, 20, 11, 0.1, 1e-2, 0.6732942854543703)]
    public void ProbabilitiesOfManyRightGuessesAreThoseOfTheTheorem(int canaries, int guesses, int correct, double epsilon, double delta, double expected)
        => Assert.Equal(1, OneRunAudit.PValue(canaries, guesses, correct, epsilon, delta) / expected, 1e-9);

    [Theory]
    [InlineData(100, 100, 100, 1e-5, 3.49021595532637)]
    [InlineData(1000, 600, 600, 1e-5, 5.27039946351465)]
    [InlineData(1000, 1000, 731, 1e-6, 0.8805743649721265)]
    [InlineData(1000, 1000, 500, 1e-6, 0)]
    [InlineData(1000, 0, 0, 0, 0)]
    public void TheBoundIsWhereTheProbabilityCrosses(int canaries, int guesses, int correct, double delta, double expected)
        => Assert.Equal(expected, OneRunAudit.EpsilonLower(canaries, guesses, correct, delta, 0.95), 1e-8);

    [Fact]
    public void RandomisedResponseIsRefutedAsSeldomAsPromised()
    {
        // Randomised response is (1, 0)-private and the theorem's worst case. 2,000 audits at error rate 0.05: more than 140 refutations have probability 4e-5.
        var random = new Random(1);
        var truth = 1 / (1 + Math.Exp(-1));
        var refuted = 0;
        for (var audit = 0; audit < 2000; audit++)
        {
            var correct = Enumerable.Range(0, 300).Count(_ => random.NextDouble() < truth);
            refuted += OneRunAudit.EpsilonLower(300, 300, correct, 0, 0.95) > 1 ? 1 : 0;
        }
        Assert.InRange(refuted, 40, 140);
    }
}
