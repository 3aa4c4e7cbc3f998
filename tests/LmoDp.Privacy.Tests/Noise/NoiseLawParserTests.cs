using System.Globalization;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public sealed class NoiseLawParserTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lmodp").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("gaussian:std=2")]
    [InlineData("laplace:scale=0.1")]
    [InlineData("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2")]
    [InlineData("generalised-gaussian:std=2,power=1.4")]
    [InlineData("lmo:a4=1,a=2,b=2")]
    public void TheInlineFormsRoundTrip(string text) => Assert.Equal(text, NoiseLawParser.Parse(text).ToString());

    [Fact]
    public void EveryLawRoundTripsToTheLastBit() =>
        Laws.Any.ForAll(law => Assert.Equal(law.ToString(), NoiseLawParser.Parse(law.ToString()).ToString()), cases: 300);

    [Fact]
    public void TheScaleOfTheExponentialIsTheInverseOfItsRate() =>
        Assert.Equal("lmo:a3=1,rate=0.25", NoiseLawParser.Parse("lmo:a3=1,scale=4").ToString());

    [Theory]
    [InlineData("", "empty")]
    [InlineData("gaussian", "no parameters")]
    [InlineData("gaussian:", "key=number")]
    [InlineData("gaussian:std", "key=number")]
    [InlineData("gaussian:std=", "std must be a number")]
    [InlineData("gaussian:std=0,3", "key=number")]
    [InlineData("gaussian:std=1_000", "std must be a number")]
    [InlineData("gaussian:std=-1", "positive")]
    [InlineData("gaussian:std=0", "positive")]
    [InlineData("gaussian:std=NaN", "std must be")]
    [InlineData("gaussian:std=Infinity", "std must be")]
    [InlineData("gaussian:std=1e999", "finite")]
    [InlineData("gaussian:std=1,std=2", "twice")]
    [InlineData("gaussian:std=1,scale=2", "no parameter scale")]
    [InlineData("gaussian:scale=2", "no parameter scale")]
    [InlineData("laplace:scale=1,", "empty parameter")]
    [InlineData("cauchy:scale=1", "no noise family cauchy")]
    [InlineData("no-such-file.json", "neither a noise law nor a file")]
    [InlineData("generalised-gaussian:std=2", "power is missing")]
    [InlineData("generalised-gaussian:std=2,power=0.9", "between 1 and 2")]
    [InlineData("lmo:a1=1,k=2", "theta is missing")]
    [InlineData("lmo:k=2,theta=1", "k is given without a1")]
    [InlineData("lmo:a3=1,rate=1,scale=1", "not both")]
    [InlineData("lmo:a3=1,scale=0", "scale must be a positive")]
    [InlineData("lmo:a4=1,a=3,b=2", "a must not exceed b")]
    [InlineData("lmo:a4=1,a=0,b=0", "b must be a positive")]
    [InlineData("lmo:a4=0,a=0,b=1", "at least one")]
    [InlineData("lmo:a1=-1,k=1,theta=1", "a1 must be")]
    [InlineData("lmo:a1=1e300,k=1,theta=1e300", "range of a double")]
    public void WhatIsWrongIsSaidInOneLine(string text, string expected)
    {
        var message = Assert.Throws<BadInputException>(() => NoiseLawParser.Parse(text)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private const string Published =
        """{"a1": 0.1, "a3": 0.1, "a4": 0.2, "G_theta": 1, "G_k": 2, "E_lambda": 5, "U_b": 8, "U_a": 7, "distributions": ["Gamma", "Exponential", "Uniform"]}""";

    [Theory]
    [InlineData(Published, ExponentialReading.Rate, "lmo:a1=0.1,k=2,theta=1,a3=0.1,rate=5,a4=0.2,a=7,b=8")]
    [InlineData(Published, ExponentialReading.Scale, "lmo:a1=0.1,k=2,theta=1,a3=0.1,rate=0.2,a4=0.2,a=7,b=8")]
    [InlineData("""{"a1": 1.0, "G_theta": 10.0, "G_k": 10.0, "distributions": ["Gamma"], "epsilon": 0.01}""", ExponentialReading.Rate, "lmo:a1=1,k=10,theta=10")]
    [InlineData("""{"noise": "laplace:scale=3", "epsilon": 0.3}""", ExponentialReading.Rate, "laplace:scale=3")]
    public void FilesAreRead(string json, ExponentialReading reading, string expected) =>
        Assert.Equal(expected, NoiseLawParser.Parse(Write(json), reading).ToString());

    [Fact]
    public void TheOwnFormatRoundTrips()
    {
        var law = NoiseLawParser.Parse("lmo:a1=0.1,k=0.30000000000000004,theta=0.5");
        Assert.Equal(law.ToString(), NoiseLawParser.Parse(Write(NoiseLawFile.ToJson(law))).ToString());
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData("{}", "a1 is missing")]
    [InlineData("""{"a1": "0.1"}""", "a1 must be a number")]
    [InlineData("""{"a1": 1, "a1": 2}""", "twice")]
    [InlineData("""{"a1": 1e999, "distributions": ["Gamma"]}""", "a1 must be")]
    [InlineData("""{"a1": -1, "G_k": 1, "G_theta": 1, "distributions": ["Gamma"]}""", "a1 must be")]
    [InlineData("""{"distributions": ["Beta"]}""", "not \"Beta\"")]
    [InlineData("""{"distributions": 3}""", "list of names")]
    [InlineData("""{"noise": "other.json"}""", "inline law")]
    [InlineData("""{"noise": "gaussian:std=-2"}""", "std must be")]
    public void ABadFileIsNamedWithWhatIsWrong(string json, string expected)
    {
        var path = Write(json);
        var message = Assert.Throws<BadInputException>(() => NoiseLawParser.Parse(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void TheCultureOfTheMachineChangesNothing()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("gaussian:std=0.3", NoiseLawParser.Parse("gaussian:std=0.3").ToString());
            Assert.Throws<BadInputException>(() => NoiseLawParser.Parse("gaussian:std=0,3"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private string Write(string json)
    {
        var path = Path.Combine(folder, "law.json");
        File.WriteAllText(path, json);
        return path;
    }
}
