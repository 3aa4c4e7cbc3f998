using System.Text;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Models.Tokenizers;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models;

/// <summary>Damaged files are read or refused with <see cref="BadInputException"/>, never anything else.</summary>
public sealed class CheckpointFuzzTests : IDisposable
{
    private const int InContinuousIntegration = 1_000, InSoak = 200_000;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Damaged_safetensors() => FuzzSafetensors(InContinuousIntegration, seed: 1);

    [Fact]
    public void Damaged_configuration() => FuzzConfiguration(InContinuousIntegration, seed: 2);

    [Fact]
    public void Damaged_shard_index() => FuzzIndex(InContinuousIntegration, seed: 3);

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("tokenizer_config.json")]
    [InlineData("vocab.txt")]
    [InlineData("tokenizer.model")]
    public void Damaged_tokenizer(string file) => FuzzTokenizer(file, InContinuousIntegration / 4, seed: 4);

    [Fact, Trait("Category", "Soak")]
    public void Damaged_files_of_every_kind_at_length()
    {
        FuzzSafetensors(InSoak, seed: 11);
        FuzzConfiguration(InSoak, seed: 12);
        FuzzIndex(InSoak, seed: 13);
        foreach (var file in new[] { "vocab.json", "merges.txt", "tokenizer_config.json", "vocab.txt", "tokenizer.model" })
            FuzzTokenizer(file, InSoak / 4, seed: 14);
    }

    private void FuzzSafetensors(int count, int seed)
    {
        using (var scope = NewDisposeScope())
        {
            SafetensorsWriter.Write(folder.File("f"), new Dictionary<string, Tensor>
            {
                ["a"] = ones(2, 3),
                ["b"] = ones(4).to(ScalarType.Bool),
                ["c"] = tensor(1L),
                ["d"] = zeros(0, 5),
            });
        }
        Fuzz(folder.File("f"), count, seed, () =>
        {
            using var file = SafetensorsFile.Open(folder.File("f"));
            foreach (var stored in file.Tensors)
                file.Read(stored.Name).Dispose();
        });
    }

    private void FuzzConfiguration(int count, int seed)
    {
        var full = EncoderConfig.FromJson(EncoderConfigTests.Small) with { Labels = ["a", "b", "c"], Architectures = ["RobertaForSequenceClassification"] };
        File.WriteAllText(folder.File("config.json"), full.ToJson());
        Fuzz(folder.File("config.json"), count, seed, () => EncoderCheckpoint.ReadConfig(folder.Path).ToJson());
        File.WriteAllText(folder.File("config.json"), DecoderConfig.FromJson(DecoderConfigTests.Llama).ToJson());
        Fuzz(folder.File("config.json"), count, seed, () => DecoderCheckpoint.ReadConfig(folder.Path).ToJson());
    }

    private void FuzzIndex(int count, int seed)
    {
        using (var scope = NewDisposeScope())
            WeightFiles.Write(folder.Path, new Dictionary<string, Tensor> { ["first"] = ones(2), ["second"] = ones(2) }, maxShardBytes: 8);
        Fuzz(folder.File("model.safetensors.index.json"), count, seed, () => WeightFiles.Open(folder.Path).Dispose());
    }

    private void FuzzTokenizer(string file, int count, int seed)
    {
        var place = Directory.CreateDirectory(folder.File(file + ".d")).FullName;
        if (file == "vocab.txt")
            TinyTokenizers.WriteBert(place);
        else if (file == "tokenizer.model")
            SentencePieceFile.Tiny("ab", "\u2581").Write(Path.Combine(place, file));
        else
            TinyTokenizers.WriteRoberta(place);
        if (file == "tokenizer_config.json")
            File.WriteAllText(Path.Combine(place, file), """{"do_lower_case": true, "strip_accents": null, "tokenize_chinese_chars": false}""");
        Fuzz(Path.Combine(place, file), count, seed, () =>
        {
            var tokenizer = TextTokenizer.Load(place);
            tokenizer.Decode(tokenizer.Encode("abc <mask> [MASK] é好"));
        });
    }

    private static void Fuzz(string path, int count, int seed, Action read)
    {
        var original = File.ReadAllBytes(path);
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            var damaged = Damage(original, random);
            File.WriteAllBytes(path, damaged);
            try
            {
                read();
            }
            catch (BadInputException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"case {i}: {error.GetType().Name}: {error.Message} for {Convert.ToBase64String(damaged)}\n{error.StackTrace}");
            }
        }
        Assert.InRange(refused, count / 20, count);
        File.WriteAllBytes(path, original);
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        string[] pieces = ["\"", "{", "}", "[", "]", ",", ":", "null", "-1", "0", "1e999", "9223372036854775807", "4294967296", "\\ud800", "\\u0000", "\n", "\0", "\ufeff", "[[[[[[[[[["];
        var bytes = original.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, random.Next(2) * length);
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
                    break;
                case 5 when random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    break;
            }
        }
        return [.. bytes];
    }
}
