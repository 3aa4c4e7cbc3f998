using System.Buffers.Binary;
using System.Text.Json;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using LmoDp.Models.Prompts;
using LmoDp.Tests.Cli;
using LmoDp.Tests.Models.Decoders;
using static TorchSharp.torch;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Readers of models' folders.</summary>
internal static class ModelTargets
{
    public static FuzzTarget Safetensors(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("safetensors"), "model.safetensors");
        return new FuzzTarget("safetensors", file, [Tensors(file)], () => ReadTensors(file), Share: 500);
    }

    /// <summary>The header alone is damaged; its length, and as many bytes as it asks for, are right.</summary>
    public static FuzzTarget SafetensorsHeader(FuzzTargets targets)
    {
        var file = Path.Combine(targets.Folder("safetensors header"), "model.safetensors");
        var whole = Tensors(file);
        var header = whole[8..(8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(whole))];
        return new FuzzTarget("safetensors header", file, [header], () => ReadTensors(file), damaged => Framed(damaged, whole.Length - 8 - header.Length), Share: 500);
    }

    public static FuzzTarget Index(FuzzTargets targets)
    {
        var folder = targets.Folder("index");
        using (NewDisposeScope())
            WeightFiles.Write(folder, new Dictionary<string, Tensor> { ["first"] = ones(2), ["second"] = ones(2) }, maxShardBytes: 8);
        // A file that is sound and lies outside: it must not be found.
        File.Copy(Path.Combine(folder, "model-00001-of-00002.safetensors"), Path.Combine(folder, "..", "x.safetensors"));
        var file = Path.Combine(folder, WeightFiles.IndexFile);
        return new FuzzTarget("model index", file, [File.ReadAllBytes(file)], () =>
        {
            using var weights = WeightFiles.Open(folder);
            if (weights.Tensors.Any(tensor => tensor.Name is not ("first" or "second")))
                throw new InvalidOperationException("a tensor that is in no file of the folder");
        });
    }

    public static FuzzTarget EncoderConfig(FuzzTargets targets)
    {
        var folder = targets.Folder("encoder config");
        var full = LmoDp.Models.Encoders.EncoderConfig.FromJson(LmoDp.Tests.Models.EncoderConfigTests.Small) with { Labels = ["a", "b", "c"], Architectures = ["RobertaForSequenceClassification"] };
        return new FuzzTarget("encoder config", Path.Combine(folder, "config.json"), FuzzTargets.Texts(full.ToJson()), () => EncoderCheckpoint.ReadConfig(folder).ToJson());
    }

    public static FuzzTarget DecoderConfig(FuzzTargets targets)
    {
        var folder = targets.Folder("decoder config");
        return new FuzzTarget("decoder config", Path.Combine(folder, "config.json"), FuzzTargets.Texts(LmoDp.Models.Decoders.DecoderConfig.FromJson(DecoderConfigTests.Llama).ToJson()),
            () => DecoderCheckpoint.ReadConfig(folder).ToJson());
    }

    /// <summary>A whole classifier is loaded by a damaged configuration.</summary>
    public static FuzzTarget ClassifierFolder(FuzzTargets targets)
    {
        var folder = TinyClassifier.Write(targets.Folder("classifier folder"), "no", "yes");
        var file = Path.Combine(folder, "config.json");
        return new FuzzTarget("classifier folder", file, [File.ReadAllBytes(file)], () =>
        {
            using var model = ClassifierCheckpoint.Load(folder);
            using var other = ClassifierCheckpoint.LoadForClassification(folder, ["a", "b", "c"], 1, out _);
        }, Share: 20);
    }

    /// <summary>A whole writer is loaded by a damaged configuration.</summary>
    public static FuzzTarget WriterFolder(FuzzTargets targets)
    {
        var folder = TinyWriter.Write(targets.Folder("writer folder"));
        var file = Path.Combine(folder, "config.json");
        return new FuzzTarget("writer folder", file, [File.ReadAllBytes(file)], () => DecoderCheckpoint.LoadLanguageModel(folder).Dispose(), Share: 20);
    }

    public static FuzzTarget AdapterConfig(FuzzTargets targets)
    {
        var (folder, model) = (targets.Folder("adapters"), TinyWriter.Write(targets.Folder("adapted")));
        using (var writer = DecoderCheckpoint.LoadLanguageModel(model))
            AdapterFolder.Save(folder, LoraAdapters.Attach(writer, new LoraConfig { Rank = 2, Alpha = 4 }, seed: 1), writer, writer.Config, model, LmoDp.Models.Tokenizers.TextTokenizer.Load(model));
        var file = Path.Combine(folder, "adapter_config.json");
        return new FuzzTarget("adapter config", file, [File.ReadAllBytes(file)], () =>
        {
            using var writer = DecoderCheckpoint.LoadLanguageModel(model);
            AdapterFolder.BaseModel(folder);
            AdapterFolder.Attach(folder, writer);
        }, Share: 20);
    }

    public static FuzzTarget Prompt(FuzzTargets targets)
    {
        var folder = targets.Folder("prompt");
        new ClassificationPrompt("{text} It was {mask}.", ["terrible", "great"]).Write(folder);
        var file = Path.Combine(folder, ClassificationPrompt.FileName);
        return new FuzzTarget("prompt", file, [File.ReadAllBytes(file), .. FuzzTargets.Texts("""{"template":"{text} ? {mask} , {pair}","words":["yes","maybe","no"]}""")],
            () => ClassificationPrompt.Read(folder)!.Parts().Count());
    }

    private static byte[] Tensors(string file)
    {
        using (NewDisposeScope())
        {
            SafetensorsWriter.Write(file, new Dictionary<string, Tensor>
            {
                ["a"] = ones(2, 3),
                ["b"] = ones(4).to(ScalarType.Bool),
                ["c"] = tensor(1L),
                ["d"] = zeros(0, 5),
                ["e"] = ones(3).to(ScalarType.BFloat16),
            }, metadata: new Dictionary<string, string> { ["made"] = "here" });
        }
        return File.ReadAllBytes(file);
    }

    private static void ReadTensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var length = new FileInfo(path).Length;
        foreach (var stored in file.Tensors)
        {
            if (stored.ByteCount > length)
                throw new InvalidOperationException($"{stored.Name} takes {stored.ByteCount} bytes of native memory");
            file.Read(stored.Name).Dispose();
        }
    }

    private static byte[] Framed(byte[] header, int dataLength)
    {
        var bytes = new byte[8 + header.Length + DataLength(header, dataLength)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    /// <summary>The end of the last tensor, where that is near the true one.</summary>
    private static int DataLength(byte[] header, int usual)
    {
        try
        {
            using var document = JsonDocument.Parse(header);
            var ends = document.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").Select(entry => entry.Value.GetProperty("data_offsets")[1].GetInt64()).DefaultIfEmpty();
            return (int)Math.Clamp(ends.Max(), 0, usual + 64);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            return usual;
        }
    }
}
