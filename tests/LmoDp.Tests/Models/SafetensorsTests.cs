using System.Buffers.Binary;
using System.Text;
using LmoDp.Models.Checkpoints;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bert-seqcls")]
    [InlineData("roberta-seqcls")]
    [InlineData("roberta-mlm")]
    [InlineData("gpt2-lm")]
    [InlineData("llama-lm")]
    [InlineData("llama-gqa-lm")]
    [InlineData("llama-seqcls")]
    public void File_of_transformers_is_written_byte_for_byte_as_it_was_read(string model)
    {
        var original = SharedData.Require("goldens", "models", model, "model.safetensors");
        var copy = folder.File("copy.safetensors");
        using var scope = NewDisposeScope();
        using (var file = SafetensorsFile.Open(original))
            SafetensorsWriter.Write(copy, file.Tensors.ToDictionary(stored => stored.Name, stored => file.Read(stored.Name)));
        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Every_type_and_shape_survives()
    {
        using var scope = NewDisposeScope();
        var values = tensor(new double[] { 0, 1, 1, 0, 1, 0 });
        var types = new[]
        {
            ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8,
            ScalarType.Byte, ScalarType.Bool,
        };
        var tensors = types.ToDictionary(type => $"t/{type}", type => values.to(type).reshape(2, 3).t());
        tensors["scalar"] = tensor(3.5f);
        tensors["empty"] = zeros(2, 0, 3);
        tensors["quote\"and\u00e9\n"] = tensor(1L);
        SafetensorsWriter.Write(folder.File("all"), tensors);

        using var file = SafetensorsFile.Open(folder.File("all"));
        Assert.Equal(tensors.Count, file.Tensors.Count);
        Assert.Equal("pt", file.Metadata["format"]);
        foreach (var (name, expected) in tensors)
        {
            var actual = file.Read(name);
            Assert.Equal(expected.dtype, actual.dtype);
            Assert.Equal(expected.shape, actual.shape);
            Assert.True(expected.Equals(actual), name);
        }
        foreach (var stored in file.Tensors)
            Assert.Equal(0, stored.Offset % Math.Max(1, stored.ByteCount / Math.Max(1, stored.ElementCount)));
    }

    [Fact]
    public void Floats_are_cast_when_asked_and_whole_numbers_are_not()
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.File("half"), new Dictionary<string, Tensor> { ["w"] = tensor(new[] { 1f, 2.5f }), ["ids"] = tensor(7L) }, ScalarType.Float16);
        using var file = SafetensorsFile.Open(folder.File("half"));
        Assert.Equal(ScalarType.Float16, file.Find("w").Type);
        Assert.Equal(ScalarType.Int64, file.Find("ids").Type);
        Assert.Equal([1f, 2.5f], file.Read("w").to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Values_beyond_the_type_are_refused_and_nothing_is_left()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<BadInputException>(() => SafetensorsWriter.Write(folder.File("f"), new Dictionary<string, Tensor> { ["w"] = tensor(1e6f) }, ScalarType.Float16));
        Assert.Contains("'w'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("", "begin with")]
    [InlineData("[]", "begin with")]
    [InlineData("{", "JSON")]
    [InlineData("""{"a":1}""", "not an object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", "unexpected")]
    [InlineData("""{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}""", "dtype 'F8'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296,4294967296],"data_offsets":[0,0]}}""", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "short lists")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "the tensors take 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "JSON")]
    [InlineData("""{"__metadata__":{"n":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", "JSON")]
    public void Header_that_lies_is_refused(string header, string expected)
    {
        File.WriteAllBytes(folder.File("bad"), FileOf(header, dataLength: 8));
        var error = Assert.Throws<BadInputException>(() => SafetensorsFile.Open(folder.File("bad")));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 40)]
    [InlineData(100_000_001UL)]
    [InlineData(17UL)]
    public void Header_longer_than_the_file_is_refused_before_any_memory_is_taken(ulong claimed)
    {
        var bytes = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(folder.File("bad"), bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<BadInputException>(() => SafetensorsFile.Open(folder.File("bad")));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Truncation_at_any_byte_is_refused()
    {
        var whole = FileOf("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", dataLength: 8);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.File("short"), whole[..length]);
            Assert.Throws<BadInputException>(() => SafetensorsFile.Open(folder.File("short")));
        }
    }

    [Fact]
    public void File_cut_after_it_was_opened_is_an_error_and_no_crash()
    {
        File.WriteAllBytes(folder.File("cut"), FileOf("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", dataLength: 8));
        using var file = SafetensorsFile.Open(folder.File("cut"));
        using (var writer = new FileStream(folder.File("cut"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            writer.SetLength(writer.Length - 4);
        Assert.Throws<BadInputException>(() => file.Read("a"));
    }

    [Fact]
    public void Boolean_bytes_other_than_0_and_1_are_refused()
    {
        var bytes = FileOf("""{"a":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}}""", dataLength: 8);
        bytes[^1] = 2;
        File.WriteAllBytes(folder.File("bool"), bytes);
        using var file = SafetensorsFile.Open(folder.File("bool"));
        Assert.Throws<BadInputException>(() => file.Read("a"));
    }

    [Fact]
    public void Missing_files_folders_and_names_are_said()
    {
        Assert.Contains("there is no file", Assert.Throws<BadInputException>(() => SafetensorsFile.Open(folder.File("none"))).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => SafetensorsFile.Open(folder.Path));
        File.WriteAllBytes(folder.File("ok"), FileOf("{}", dataLength: 0));
        using var file = SafetensorsFile.Open(folder.File("ok"));
        Assert.Contains("holds no tensor 'x'", Assert.Throws<BadInputException>(() => file.Read("x")).Message, StringComparison.Ordinal);
    }

    internal static byte[] FileOf(string header, int dataLength)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }
}
