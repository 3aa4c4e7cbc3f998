using LmoDp.Models;
using LmoDp.Models.Decoders;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Decoders;

public sealed class DecoderTests
{
    public static TheoryData<string> Kinds => [.. TestDecoders.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tokens_see_former_tokens_only(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var ids = Ids(1, 9);
        var before = model.call(new TokenBatch(ids));
        ids[0, 6] = (ids[0, 6].item<long>() + 1) % TestDecoders.Vocabulary;
        var after = model.call(new TokenBatch(ids));
        Assert.Equal(0, Difference(before.narrow(1, 0, 6), after.narrow(1, 0, 6)));
        Assert.All(Enumerable.Range(6, 3), t => Assert.True(Difference(before.select(1, t), after.select(1, t)) > 1e-3));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Padding_on_either_side_changes_nothing_at_real_tokens(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var (ids, length, width) = (Ids(1, 6), 6, 10);
        var alone = model.call(new TokenBatch(ids));
        foreach (var start in new[] { 0, 1, width - length })
        {
            var (padded, mask) = (full([2, width], 3, ScalarType.Int64), zeros([2, width], ScalarType.Int64));
            padded[0].narrow(0, start, length).copy_(ids[0]);
            mask[0].narrow(0, start, length).fill_(1);
            mask[1].fill_(1);
            var together = model.call(new TokenBatch(padded, mask));
            Assert.InRange(Difference(alone[0], together[0].narrow(0, start, length)), 0, 1e-12);
            Assert.True(together.isfinite().all().item<bool>());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Cached_decoding_equals_one_pass(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var ids = Ids(3, 12);
        var whole = model.call(new TokenBatch(ids));
        using var cache = new KeyValueCache(model.Config, capacity: 5); // grows on the way
        Assert.InRange(Difference(whole.select(1, 3), model.NextLogits(new TokenBatch(ids.narrow(1, 0, 4)), cache)), 0, 1e-12);
        Assert.InRange(Difference(whole.select(1, 6), model.NextLogits(new TokenBatch(ids.narrow(1, 4, 3)), cache)), 0, 1e-12); // several at once
        for (var t = 7; t < 12; t++)
            Assert.InRange(Difference(whole.select(1, t), model.NextLogits(new TokenBatch(ids.narrow(1, t, 1)), cache)), 0, 1e-12);
        Assert.Equal((3, 12), (cache.Batch, cache.Tokens));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Prompts_of_different_lengths_decode_as_each_alone(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var (ids, lengths) = (Ids(3, 12), new[] { 7, 2, 5 });
        var (prompts, mask) = (full([3, 7], 9, ScalarType.Int64), zeros([3, 7], ScalarType.Int64));
        for (var row = 0; row < 3; row++)
        {
            prompts[row].narrow(0, 7 - lengths[row], lengths[row]).copy_(ids[row].narrow(0, 0, lengths[row]));
            mask[row].narrow(0, 7 - lengths[row], lengths[row]).fill_(1);
        }
        using var cache = new KeyValueCache(model.Config);
        Check(model.NextLogits(new TokenBatch(prompts, mask), cache), 0);
        for (var step = 1; step <= 4; step++)
            Check(model.NextLogits(new TokenBatch(stack([.. lengths.Select((length, row) => ids[row].narrow(0, length + step - 1, 1))])), cache), step);

        void Check(Tensor logits, int step)
        {
            for (var row = 0; row < 3; row++)
                Assert.InRange(Difference(model.call(new TokenBatch(ids.narrow(0, row, 1).narrow(1, 0, lengths[row] + step))).select(1, -1)[0], logits[row]), 0, 1e-12);
        }
    }

    [Theory]
    [InlineData(false, 1, 1, 0, 2)] // beams follow their parents
    [InlineData(false, 0, 1, 2, 3)]
    [InlineData(false, 3, 2, 1, 0)]
    [InlineData(false, 2, 0)] // finished rows are left out
    [InlineData(false, 0, 0, 0, 1, 1, 1, 3)] // prompts are repeated
    [InlineData(true, 1, 1, 0, 2)]
    [InlineData(true, 2, 0)]
    [InlineData(true, 3, 3, 1, 2, 2)]
    public void Reordered_rows_go_on_as_the_rows_that_they_were(bool padded, params int[] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel("llama-grouped");
        var ids = Ids(4, 9);
        var mask = padded ? ids.narrow(1, 0, 6).ne(7).to(ScalarType.Int64) : null;
        if (mask is not null)
            mask[1].narrow(0, 0, 3).fill_(0);
        using var cache = new KeyValueCache(model.Config, capacity: 7);
        model.NextLogits(new TokenBatch(ids.narrow(1, 0, 6), mask), cache);
        cache.Reorder(rows);
        Assert.Equal(rows.Length, cache.Batch);
        var parents = tensor(Array.ConvertAll(rows, row => (long)row));
        var (first, second) = (Ids(rows.Length, 1, seed: 8), Ids(rows.Length, 1, seed: 9));
        model.NextLogits(new TokenBatch(first), cache);
        cache.Reorder([.. Enumerable.Range(0, rows.Length)]);
        var found = model.NextLogits(new TokenBatch(second), cache);

        var whole = cat([ids.narrow(1, 0, 6).index_select(0, parents), first, second], 1);
        var wholeMask = mask is null ? null : cat([mask.index_select(0, parents), ones([rows.Length, 2], ScalarType.Int64)], 1);
        Assert.InRange(Difference(model.call(new TokenBatch(whole, wholeMask)).select(1, -1), found), 0, 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Reorder([rows.Length]));
    }

    [Theory]
    [InlineData("gpt2", false)]
    [InlineData("llama-grouped", false)]
    [InlineData("llama-grouped", true)]
    public void Beams_that_share_their_prompt_go_on_as_rows_of_their_own(string kind, bool padded)
    {
        int[][] orders =
        [
            [0, 0, 0, 1, 1, 1, 3, 3, 3], // three beams for each prompt, one of which has ended
            [1, 1, 0, 5, 4, 3, 8, 6, 6], // within the groups
            [6, 7, 8, 2, 1, 1], // a group ends, two change places
            [0, 1, 2, 3, 4, 5],
            [5, 0, 1, 2], // across the groups
            [0, 0, 1, 1, 2, 2], // shared anew
            [1, 0, 4, 5],
        ];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var texts = Ids(4, 5);
        var mask = padded ? ones([4, 5], ScalarType.Int64) : null;
        mask?[1].narrow(0, 0, 3).fill_(0);
        using var cache = new KeyValueCache(model.Config, capacity: 6);
        model.NextLogits(new TokenBatch(texts, mask), cache);
        foreach (var (step, rows) in orders.Index())
        {
            cache.Reorder(rows);
            var parents = tensor(Array.ConvertAll(rows, row => (long)row));
            var added = Ids(rows.Length, 1, seed: (ulong)step);
            texts = cat([texts.index_select(0, parents), added], 1);
            mask = mask is null ? null : cat([mask.index_select(0, parents), ones([rows.Length, 1], ScalarType.Int64)], 1);
            Assert.InRange(Difference(model.call(new TokenBatch(texts, mask)).select(1, -1), model.NextLogits(new TokenBatch(added), cache)), 0, 1e-12);
            Assert.Equal((rows.Length, texts.shape[1]), (cache.Batch, cache.Tokens));
        }
    }

    [Fact]
    public void Grouped_heads_are_repeated_heads()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var grouped = TestDecoders.LanguageModel("llama-grouped");
        var repeated = TestDecoders.LanguageModel("llama");
        var size = grouped.Config.HeadSize;
        var source = grouped.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        foreach (var (name, parameter) in repeated.named_parameters())
        {
            var projection = name.Contains("k_proj", StringComparison.Ordinal) || name.Contains("v_proj", StringComparison.Ordinal);
            parameter.copy_(projection ? source[name].view(2, 1, size, -1).expand(2, 2, size, -1).reshape(parameter.shape) : source[name]);
        }
        var ids = new TokenBatch(Ids(2, 8));
        Assert.InRange(Difference(repeated.call(ids), grouped.call(ids)), 0, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Logits_at_places_are_those_of_all_places(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var (inputs, _) = TestDecoders.Batch();
        var places = tensor(new long[] { 0, 3, 5, 2, 1, 1, 6, 0, 3, 10, 9, 8, 4, 4, 4 }).view(5, 3);
        var all = model.call(inputs);
        Assert.InRange(Difference(all.gather(1, places.unsqueeze(2).expand(-1, -1, TestDecoders.Vocabulary)), model.LogitsAt(inputs, places)), 0, 1e-12);
        var states = model.HiddenStates(inputs).ToArray();
        Assert.Equal(model.Config.NumHiddenLayers + 1, states.Length);
        Assert.InRange(Difference(all, model.Predict(states[^1])), 0, 1e-12);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void What_is_made_of_a_hidden_state_outlives_the_next(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (inputs, _) = TestDecoders.Batch();
        var sums = TestDecoders.LanguageModel(kind).HiddenStates(inputs).Select(state => state.sum()).ToArray();
        Assert.All(sums, sum => Assert.True(double.IsFinite(sum.item<double>())));
    }

    [Fact]
    public void Rotation_is_relative_and_turns_by_the_position()
    {
        using var scope = NewDisposeScope();
        var positions = tensor(new long[] { 0, 1, 5, 9 }).unsqueeze(0);
        var rotation = new RotaryEmbedding(4, 100, positions, ScalarType.Float64);
        // e_0 turns in the plane of numbers 0 and 2 by the position itself, e_1 in that of 1 and 3 by a tenth of it.
        foreach (var (axis, partner, frequency) in new[] { (0, 2, 1.0), (1, 3, 0.1) })
        {
            var turned = rotation.Rotate(eye(4, dtype: ScalarType.Float64)[axis].expand(1, 1, 4, 4))[0, 0];
            for (var t = 0; t < 4; t++)
            {
                var angle = positions[0, t].item<long>() * frequency;
                Assert.Equal(Math.Cos(angle), turned[t, axis].item<double>(), 6);
                Assert.Equal(Math.Sin(angle), turned[t, partner].item<double>(), 6);
            }
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama-grouped")]
    public void Classifiers_read_the_last_real_token(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.Classifier(kind);
        var (inputs, _) = TestDecoders.Batch();
        var lengths = inputs.AttentionMask!.sum(1L).data<long>().ToArray();
        var together = model.call(inputs);
        var byId = model.call(new TokenBatch(inputs.InputIds)); // padding is told by its id
        for (var row = 0; row < lengths.Length; row++)
        {
            var text = inputs.InputIds.narrow(0, row, 1).narrow(1, 0, lengths[row]);
            var last = model.Body.call(new TokenBatch(text)).select(1, -1);
            Assert.InRange(Difference(model.Classify(last)[0], together[row]), 0, 1e-12);
            Assert.InRange(Difference(together[row], byId[row]), 0, 1e-12);
            Assert.InRange(Difference(together[row], model.call(new TokenBatch(text))[0]), 0, 1e-12);
        }
    }

    [Fact]
    public void Texts_beyond_the_last_position_are_refused()
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.LanguageModel("gpt2");
        Assert.Contains("at most 16", Assert.Throws<BadInputException>(() => model.call(new TokenBatch(Ids(1, 17)))).Message, StringComparison.Ordinal);
        using var cache = new KeyValueCache(model.Config);
        model.NextLogits(new TokenBatch(Ids(1, 16)), cache);
        Assert.Throws<BadInputException>(() => model.NextLogits(new TokenBatch(Ids(1, 1)), cache));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Models_run_in_single_precision_too(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = new TokenBatch(Ids(2, 7));
        var single = TestDecoders.LanguageModel(kind, ScalarType.Float32).call(ids);
        Assert.Equal(ScalarType.Float32, single.dtype);
        Assert.InRange(Difference(TestDecoders.LanguageModel(kind).call(ids), single.to(ScalarType.Float64)), 0, 1e-4);
    }

    private static Tensor Ids(long rows, long tokens, ulong seed = 7) => randint(1, TestDecoders.Vocabulary, [rows, tokens], dtype: ScalarType.Int64, generator: new Generator(seed));

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<double>();
}
