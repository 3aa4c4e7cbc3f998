using LmoDp.Models.Encoders;
using Xunit;

namespace LmoDp.Tests.Models;

public class EncoderConfigTests
{
    internal const string Small = """
        {"model_type": "roberta", "vocab_size": 40, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 16, "max_position_embeddings": 12, "type_vocab_size": 1, "pad_token_id": 1, "layer_norm_eps": 1e-05}
        """;

    [Theory]
    [InlineData("bert-seqcls")]
    [InlineData("roberta-seqcls")]
    [InlineData("roberta-mlm")]
    public void Configuration_of_transformers_is_written_as_it_was_read(string model)
    {
        var text = File.ReadAllText(SharedData.Require("goldens", "models", model, "config.json"));
        Assert.Equal(text, EncoderConfig.FromJson(text).ToJson());
    }

    [Fact]
    public void Labels_survive_a_round_trip()
    {
        var config = EncoderConfig.FromJson(Small) with { Labels = ["bad", "so-so", "good"] };
        Assert.Equal(["bad", "so-so", "good"], EncoderConfig.FromJson(config.ToJson()).Labels);
    }

    [Fact]
    public void Missing_label_map_means_two_classes() => Assert.Equal(["LABEL_0", "LABEL_1"], EncoderConfig.FromJson(Small).Labels);

    [Fact]
    public void Roberta_positions_start_after_the_padding_id() => Assert.Equal(10, EncoderConfig.FromJson(Small).MaxTokens);

    [Theory]
    [InlineData("\"hidden_size\": 8", "\"hidden_size\": 9", "hidden_size 9 is not a multiple of num_attention_heads 2")]
    [InlineData("\"hidden_size\": 8", "\"hidden_size\": 2000000000", "hidden_size is 2000000000, but must lie between 1 and 65536")]
    [InlineData("\"hidden_size\": 8", "\"hidden_size\": \"8\"", "hidden_size must be a whole number")]
    [InlineData("\"hidden_size\": 8,", "", "hidden_size is missing")]
    [InlineData("\"vocab_size\": 40", "\"vocab_size\": -1", "vocab_size is -1")]
    [InlineData("\"pad_token_id\": 1", "\"pad_token_id\": 40", "pad_token_id is 40")]
    [InlineData("\"pad_token_id\": 1", "\"pad_token_id\": 11", "leaves no position")]
    [InlineData("roberta", "t5", "model_type 't5'")]
    [InlineData("1e-05", "1e999", "layer_norm_eps")]
    [InlineData("\"model_type\"", "\"hidden_act\": \"swish\", \"model_type\"", "hidden_act 'swish' is not known")]
    [InlineData("\"model_type\"", "\"is_decoder\": true, \"model_type\"", "is_decoder")]
    [InlineData("\"model_type\"", "\"id2label\": {\"0\": \"a\", \"2\": \"b\"}, \"model_type\"", "id2label")]
    [InlineData("\"model_type\"", "\"id2label\": {\"0\": \"a\", \"1\": \"a\"}, \"model_type\"", "differ")]
    [InlineData("\"model_type\"", "\"num_labels\": 2000000000, \"model_type\"", "num_labels")]
    [InlineData("\"model_type\"", "\"vocab_size\": 41, \"model_type\"", "not valid JSON")]
    [InlineData("\"model_type\"", "\"x\": \"\\ud800\", \"model_type\"", "not valid JSON")]
    [InlineData("{", "[", "not valid JSON")]
    public void Bad_configuration_is_one_clear_line(string old, string replacement, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => EncoderConfig.FromJson(Small.Replace(old, replacement, StringComparison.Ordinal)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
