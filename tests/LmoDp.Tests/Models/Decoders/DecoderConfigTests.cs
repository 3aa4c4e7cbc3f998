using LmoDp.Models.Decoders;
using Xunit;

namespace LmoDp.Tests.Models.Decoders;

public sealed class DecoderConfigTests
{
    internal const string Gpt2 = """{"model_type": "gpt2", "vocab_size": 40, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 12, "layer_norm_epsilon": 1e-05, "eos_token_id": 39}""";

    internal const string Llama = """
        {"model_type": "llama", "vocab_size": 40, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
         "intermediate_size": 12, "max_position_embeddings": 12, "rms_norm_eps": 1e-05, "rope_theta": 500.0, "eos_token_id": 2}
        """;

    [Theory]
    [InlineData("gpt2-lm")]
    [InlineData("llama-lm")]
    [InlineData("llama-gqa-lm")]
    [InlineData("llama-seqcls")]
    public void Configuration_of_transformers_is_written_as_it_was_read(string model)
    {
        var text = File.ReadAllText(SharedData.Require("goldens", "models", model, "config.json"));
        Assert.Equal(text, DecoderConfig.FromJson(text).ToJson());
    }

    [Fact]
    public void What_is_not_said_is_the_familys_default()
    {
        var gpt2 = DecoderConfig.FromJson(Gpt2);
        Assert.Equal((32, true, "gelu_new", 2), (gpt2.IntermediateSize, gpt2.TieWordEmbeddings, gpt2.Activation, gpt2.KeyValueHeads));
        var llama = DecoderConfig.FromJson(Llama);
        Assert.Equal((1, false, "silu", 500.0), (llama.KeyValueHeads, llama.TieWordEmbeddings, llama.Activation, llama.RopeTheta));
        Assert.Null(llama.PadTokenId);
    }

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama)]
    public void A_written_configuration_says_the_same(string text)
    {
        var config = DecoderConfig.FromJson(text) with { Labels = ["x", "y", "z"], PadTokenId = 7, InitializerRange = 0.01 };
        var again = DecoderConfig.FromJson(config.ToJson());
        Assert.Equal(config.ToJson(), again.ToJson());
        Assert.Equal((7, 0.01, config.NormEps, config.IntermediateSize), (again.PadTokenId, again.InitializerRange, again.NormEps, again.IntermediateSize));
        Assert.Equal(["x", "y", "z"], again.Labels);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama-grouped")]
    public void Body_parameter_count_is_that_of_the_model(string kind)
    {
        using var model = TestDecoders.LanguageModel(kind);
        Assert.Equal(model.Body.parameters().Sum(parameter => parameter.numel()), model.Config.BodyParameterCount);
    }

    [Theory]
    [InlineData(Gpt2, "\"n_embd\": 8", "\"n_embd\": 9", "hidden_size 9 is not a multiple of num_attention_heads 2")]
    [InlineData(Gpt2, "\"n_embd\": 8", "\"n_embd\": 2000000000", "hidden_size is 2000000000, but must lie between 1 and 65536")]
    [InlineData(Gpt2, "\"n_layer\": 2,", "", "n_layer is missing")]
    [InlineData(Gpt2, "\"eos_token_id\": 39", "\"eos_token_id\": 40", "eos_token_id is 40")]
    [InlineData(Gpt2, "\"eos_token_id\": 39", "\"eos_token_id\": [1, 2]", "eos_token_id must be a whole number")]
    [InlineData(Gpt2, "\"model_type\"", "\"activation_function\": \"swish\", \"model_type\"", "'swish' is not known")]
    [InlineData(Gpt2, "\"model_type\"", "\"scale_attn_by_inverse_layer_idx\": true, \"model_type\"", "scale_attn_by_inverse_layer_idx")]
    [InlineData(Llama, "\"num_key_value_heads\": 1", "\"num_key_value_heads\": 3", "num_key_value_heads is 3")]
    [InlineData(Llama, "\"num_attention_heads\": 2", "\"num_attention_heads\": 8", "heads of 1 numbers cannot be rotated")]
    [InlineData(Llama, "500.0", "0", "rope_theta")]
    [InlineData(Llama, "\"model_type\"", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}, \"model_type\"", "rope_scaling must be null")]
    [InlineData(Llama, "\"model_type\"", "\"attention_bias\": true, \"model_type\"", "biases are not supported")]
    [InlineData(Llama, "\"model_type\"", "\"head_dim\": 3, \"model_type\"", "head_dim must be")]
    [InlineData(Llama, "llama", "bert", "no decoder that is known here")]
    public void Bad_configuration_is_one_clear_line(string text, string old, string replacement, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => DecoderConfig.FromJson(text.Replace(old, replacement, StringComparison.Ordinal)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
