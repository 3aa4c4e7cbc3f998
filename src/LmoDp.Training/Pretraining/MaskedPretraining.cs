using LmoDp.Models.Encoders;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>A RoBERTa-style masked-LM, with a second objective for its first token if asked (<see cref="PretrainingModel"/>).</summary>
/// <param name="start">Where training starts from.</param>
/// <param name="toneWeight">Weight of the tone objective beside the masked-LM loss; 0 turns it off.</param>
public sealed class MaskedPretraining(PretrainingStart<EncoderTokenizer, MaskedLanguageModel> start, double toneWeight) : PretrainingRecipe
{
    /// <summary>Most texts are short.</summary>
    public static SpanLengths Spans { get; } = new((16, 0.2), (32, 0.4), (64, 0.25), (128, 0.1), (256, 0.05));

    /// <inheritdoc/>
    public override string Describe() => FormattableString.Invariant($"masked {toneWeight} {start.Describe()}");

    /// <inheritdoc/>
    public override void Check() => start.Check(Spans.Longest);

    /// <inheritdoc/>
    public override PretrainingObjective Begin(IReadOnlyList<string> files, PretrainingSettings settings, string runFolder)
    {
        var tokenizer = start.Tokenizer(runFolder, () => PublicCorpus.Documents(files, wordTokenised: true));
        var corpus = PublicCorpus.Encode(PublicCorpus.Documents(files, wordTokenised: true).AsParallel().AsOrdered().Select(StatedRating.Extract), tokenizer.Encode);
        var special = new SpecialTokens(tokenizer.ClsId, tokenizer.PadId, tokenizer.SepId, tokenizer.MaskId);
        var teacher = toneWeight == 0 ? null : ToneTeacher.Learn(corpus.Training);
        var model = new PretrainingModel(start.Model(tokenizer, settings.Seed), toneWeight, settings.Seed);
        if (model.Head is { } head)
            start.FillHead(head);
        return new Objective(
            model,
            tokenizer,
            new SpanSampler(corpus.Training, special, tokenizer.VocabSize, teacher),
            new SpanSampler(corpus.HeldOut, special, tokenizer.VocabSize, teacher),
            settings);
    }

    private sealed class Objective(PretrainingModel model, TextTokenizer tokenizer, SpanSampler training, SpanSampler heldOut, PretrainingSettings settings) : PretrainingObjective
    {
        public override nn.Module Module => model;

        public override Tensor Loss(int number) => model.call(Batch(training, settings.Seed, number));

        /// <remarks><c>unigramLoss</c> is the cross-entropy of the same masked tokens under their frequencies in the training text: what a model that looks at nothing reaches.</remarks>
        public override IReadOnlyList<(string Name, double Nats)> Measure()
        {
            using var noGrad = no_grad();
            double masked = 0, tone = 0, unigram = 0;
            for (var i = 0; i < HeldOutBatches; i++)
            {
                using var scope = NewDisposeScope();
                var batch = Batch(heldOut, -1, i);
                var losses = model.Losses(batch);
                masked += losses.Masked.item<float>() / HeldOutBatches;
                tone += (losses.Tone?.item<float>() ?? double.NaN) / HeldOutBatches;
                unigram -= batch.Targets.data<long>().Average(id => Math.Log(Math.Max(training.Frequencies[(int)id], 1e-9))) / HeldOutBatches;
            }
            (string Name, double Nats)[] measured = [("maskedLoss", masked), ("unigramLoss", unigram), ("toneLoss", tone)];
            return double.IsNaN(tone) ? measured[..2] : measured;
        }

        public override void Save(string folder) => EncoderCheckpoint.Save(folder, model.LanguageModel, tokenizer, ScalarType.Float16, model.HeadTensors);

        private MaskedBatch Batch(SpanSampler sampler, long seed, long number)
        {
            var length = Spans.Choose(seed, number);
            return sampler.Draw(seed, number, Math.Max(1, settings.TokensPerBatch / length), length);
        }
    }
}
