using System.Globalization;
using LmoDp.Cli.Output;
using LmoDp.Training.Loop;
using Xunit;

namespace LmoDp.Tests.Cli;

public class TrainingProgressTests
{
    [Fact]
    public void A_log_gets_a_plain_line_every_few_seconds_and_the_last()
    {
        var log = new StringWriter(CultureInfo.InvariantCulture);
        var clock = new ManualClock();
        using (var progress = new TrainingProgress(new TextStream(log, false), clock))
        {
            for (var step = 1; step <= 20; step++)
            {
                progress.Report(Status(step));
                clock.Advance(TimeSpan.FromSeconds(1));
            }
        }
        Assert.Equal(
            [
                "step 1/20, epsilon 0.015, 1204 examples/s, 19 s left",
                "step 6/20, epsilon 0.09, 1204 examples/s, 14 s left",
                "step 11/20, epsilon 0.165, 1204 examples/s, 9 s left",
                "step 16/20, epsilon 0.24, 1204 examples/s, 4 s left",
                "step 20/20, epsilon 0.3, 1204 examples/s, done",
            ],
            log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batches_may_count_something_else_than_examples(bool isScreen)
    {
        var log = new StringWriter(CultureInfo.InvariantCulture);
        using (var progress = new TrainingProgress(new TextStream(log, isScreen), new ManualClock(), "tokens"))
            progress.Report(Status(10));
        Assert.Contains("1204 tokens/s", log.ToString());
    }

    [Fact]
    public void A_screen_has_its_line_redrawn()
    {
        var screen = new StringWriter(CultureInfo.InvariantCulture);
        using (var progress = new TrainingProgress(new TextStream(screen, true), new ManualClock()))
        {
            progress.Report(Status(10));
            progress.Report(Status(11));
        }
        var text = screen.ToString();
        Assert.Contains("step 10/20", text);
        Assert.Contains("step 11/20", text);
        Assert.Equal(2, text.Count(character => character == '\r'));
        Assert.EndsWith("\n", text);
    }

    [Fact]
    public void A_run_without_privacy_says_so()
        => Assert.Equal("step 1/2, not private, 3 min 05 s left", TrainingProgress.Line(new TrainingStatus(1, 2, double.PositiveInfinity, double.NaN, TimeSpan.FromSeconds(185))));

    private static TrainingStatus Status(int step) => new(step, 20, 0.015 * step, 1204, TimeSpan.FromSeconds(20 - step));

    private sealed class ManualClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan time) => now += time.Ticks;
    }
}
