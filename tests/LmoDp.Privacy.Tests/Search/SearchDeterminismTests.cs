using System.Globalization;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

public class SearchDeterminismTests
{
    /// <summary>The same input gives the same bytes: again, and at the same time on threads of other cultures.</summary>
    [Theory]
    [InlineData(1, 1.0, "usefulness:1.5")]
    [InlineData(20, 0.25, "std")]
    public async Task Same_bytes_from_every_thread_and_culture(int steps, double samplingRate, string objective)
    {
        string Found() => SearchedNoiseFile.ToJson(NoiseSearch.Find(NoiseSearchFamily.Free, new SearchTarget(2.5, 1e-5, samplingRate, steps), Objective.Parse(objective), 2));
        var first = Found();
        var cultures = new[] { "de-DE", "ar-SA" };
        var others = await Task.WhenAll(cultures.Select(culture => Task.Factory.StartNew(() =>
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            return Found();
        }, TaskCreationOptions.LongRunning)));
        Assert.All(others, other => Assert.Equal(first, other));
    }
}
