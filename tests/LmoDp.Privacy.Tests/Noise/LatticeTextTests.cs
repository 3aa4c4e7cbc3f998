using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public sealed class LatticeTextTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lmodp").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Inline_and_file_keep_every_digit() =>
        Lattices.Any.ForAll(
            law =>
            {
                Assert.Equal(law.ToString(), NoiseLawParser.Parse(law.ToString()).ToString());
                Assert.Equal(law.ToString(), NoiseLawParser.Parse(Write(NoiseLawFile.ToJson(law))).ToString());
            },
            cases: 100);

    [Fact]
    public void Weights_of_64_bits_survive()
    {
        var law = new LatticeLaw(3, [ulong.MaxValue, ulong.MaxValue - 1, 9007199254740993], new DyadicRatio(1, 1));
        Assert.Equal("lattice:steps=3,ratio=1/2^1,weights=18446744073709551615+18446744073709551614+9007199254740993", law.ToString());
        Assert.Equal(law.ToString(), NoiseLawParser.Parse(Write(NoiseLawFile.ToJson(law))).ToString());
    }

    [Fact]
    public void The_file_form_can_be_read_by_others() => Assert.Equal(
        """{"noise":{"family":"lattice","stepsPerSensitivity":4,"tailRatio":{"numerator":3,"bits":2},"weights":[9,7,4]}}""",
        NoiseLawFile.ToJson(new LatticeLaw(4, [9, 7, 4], new DyadicRatio(3, 2))));

    [Fact]
    public void The_description_is_short() => Assert.InRange(LatticeLaw.Rounded(new GaussianLaw(20), 8).Description.Length, 10, 100);

    [Theory]
    [InlineData("lattice:", "a form like")]
    [InlineData("lattice:steps=4,weights=1,ratio=1/2^1", "a form like")]
    [InlineData("lattice:steps=4,ratio=1/2,weights=1", "a form like")]
    [InlineData("lattice:steps=x,ratio=1/2^1,weights=1", "steps takes whole numbers")]
    [InlineData("lattice:steps=4,ratio=1/2^1,weights=3+-1", "weights takes whole numbers")]
    [InlineData("lattice:steps=4,ratio=1/2^1,weights=3+1.5", "weights takes whole numbers")]
    [InlineData("lattice:steps=4,ratio=1/2^1,weights=18446744073709551616", "weights takes whole numbers")]
    [InlineData("lattice:steps=4,ratio=1/2^1,weights=1+3", "weight 1 is larger")]
    [InlineData("lattice:steps=99999999999,ratio=1/2^1,weights=1", "steps takes whole numbers")]
    public void A_bad_inline_form_is_one_line(string text, string expected) => Bad(() => NoiseLawParser.Parse(text), expected);

    [Theory]
    [InlineData("""{"noise": {}}""", "family")]
    [InlineData("""{"noise": {"family": "lattice"}}""", "weights")]
    [InlineData("""{"noise": {"family": "lattice", "weights": [1]}}""", "stepsPerSensitivity")]
    [InlineData("""{"noise": {"family": "lattice", "stepsPerSensitivity": 1, "weights": [1.5]}}""", "weight 0 must be a whole number")]
    [InlineData("""{"noise": {"family": "lattice", "stepsPerSensitivity": 1, "weights": [1, "2"]}}""", "weight 1 must be a whole number")]
    [InlineData("""{"noise": {"family": "lattice", "stepsPerSensitivity": 4294967297, "weights": [1]}}""", "stepsPerSensitivity")]
    [InlineData("""{"noise": {"family": "lattice", "stepsPerSensitivity": 1, "weights": [1]}}""", "tailRatio.numerator")]
    [InlineData("""{"noise": {"family": "lattice", "stepsPerSensitivity": 1, "weights": [1], "tailRatio": {"numerator": 1, "bits": 1e9}}}""", "tailRatio.bits")]
    [InlineData("""{"noise": {"family": "lattice", "stepsPerSensitivity": 1, "weights": [1, 2], "tailRatio": {"numerator": 1, "bits": 1}}}""", "weight 1 is larger")]
    public void A_bad_file_is_named_with_what_is_wrong(string json, string expected)
    {
        var path = Write(json);
        Assert.StartsWith(path, Bad(() => NoiseLawParser.Parse(path), expected));
    }

    private static string Bad(Action read, string expected)
    {
        var message = Assert.Throws<BadInputException>(read).Message;
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private string Write(string json)
    {
        var path = Path.Combine(folder, "law.json");
        File.WriteAllText(path, json);
        return path;
    }
}
