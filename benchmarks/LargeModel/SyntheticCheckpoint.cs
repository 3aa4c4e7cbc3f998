using System.Globalization;
using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using static TorchSharp.torch;

namespace LargeModel;

/// <summary>A checkpoint of random bfloat16 numbers, written one layer at a time: a shard for each, and one for the rest.</summary>
internal static class SyntheticCheckpoint
{
    public static void Write(string folder, DecoderConfig config)
    {
        Directory.CreateDirectory(folder);
        var (hidden, narrow, inner) = (config.HiddenSize, config.KeyValueHeads * config.HeadSize, config.IntermediateSize);
        var map = new JsonObject();
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            Shard($"model-layer-{layer:D3}.safetensors",
                (prefix + "self_attn.q_proj.weight", [hidden, hidden]), (prefix + "self_attn.k_proj.weight", [narrow, hidden]), (prefix + "self_attn.v_proj.weight", [narrow, hidden]),
                (prefix + "self_attn.o_proj.weight", [hidden, hidden]), (prefix + "mlp.gate_proj.weight", [inner, hidden]), (prefix + "mlp.up_proj.weight", [inner, hidden]),
                (prefix + "mlp.down_proj.weight", [hidden, inner]), (prefix + "input_layernorm.weight", [hidden]), (prefix + "post_attention_layernorm.weight", [hidden]));
        }
        Shard("model-rest.safetensors", ("model.embed_tokens.weight", [config.VocabSize, hidden]), ("model.norm.weight", [hidden]), ("lm_head.weight", [config.VocabSize, hidden]));
        File.WriteAllText(Path.Combine(folder, WeightFiles.IndexFile), new JsonObject { ["weight_map"] = map }.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());

        void Shard(string file, params ReadOnlySpan<(string Name, long[] Shape)> tensors)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator((ulong)map.Count);
            var drawn = new Dictionary<string, Tensor>();
            foreach (var (name, shape) in tensors)
            {
                drawn.Add(name, shape.Length == 1 ? ones(shape, ScalarType.BFloat16) : empty(shape, ScalarType.BFloat16).normal_(0, 0.02, generator));
                map[name] = file;
            }
            SafetensorsWriter.Write(Path.Combine(folder, file), drawn);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {drawn.Values.Sum(tensor => tensor.numel()) / 1e6:F0} million numbers"));
        }
    }
}
