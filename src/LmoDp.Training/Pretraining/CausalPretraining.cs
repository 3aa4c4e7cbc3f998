using LmoDp.Models;
using LmoDp.Models.Decoders;
using LmoDp.Models.Tokenizers;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>A GPT-2 or Llama language model, which learns to predict each next token.</summary>
/// <param name="start">Where training starts from.</param>
public sealed class CausalPretraining(PretrainingStart<TextTokenizer, CausalLanguageModel> start) : PretrainingRecipe
{
    /// <summary>Every place of a span is learned from, so few need to be long.</summary>
    public static SpanLengths Spans { get; } = new((64, 0.3), (128, 0.5), (256, 0.15), (512, 0.05));

    /// <inheritdoc/>
    public override string Describe() => $"causal {start.Describe()}";

    /// <inheritdoc/>
    public override void Check() => start.Check(Spans.Longest);

    /// <inheritdoc/>
    public override PretrainingObjective Begin(IReadOnlyList<string> files, PretrainingSettings settings, string runFolder)
    {
        var tokenizer = start.Tokenizer(runFolder, () => PublicCorpus.Documents(files, wordTokenised: false));
        var end = tokenizer.EosId ?? throw new BadInputException("the tokenizer has no token that ends a text: it is not of a causal language model");
        var corpus = PublicCorpus.Encode(PublicCorpus.Documents(files, wordTokenised: false).Select(text => (text, (double?)null)), tokenizer.Encode);
        var (training, heldOut) = (new TokenStream(corpus.Training, end, tokenizer.VocabSize), new TokenStream(corpus.HeldOut, end, tokenizer.VocabSize));
        if (Math.Min(training.Length, heldOut.Length) <= Spans.Longest)
            throw new BadInputException($"the text has {training.Length} tokens to learn from and {heldOut.Length} held out, every {PublicCorpus.HeldOutEvery}st document; more than {Spans.Longest} of each are needed");
        return new Objective(start.Model(tokenizer, settings.Seed), tokenizer, training, heldOut, settings);
    }

    private sealed class Objective(CausalLanguageModel model, TextTokenizer tokenizer, TokenStream training, TokenStream heldOut, PretrainingSettings settings) : PretrainingObjective
    {
        public override nn.Module Module => model;

        public override Tensor Loss(int number) => Loss(Batch(training, settings.Seed, number));

        /// <remarks><c>unigramLoss</c> is the cross-entropy of the same tokens under their frequencies in the training text: what a model that looks at nothing reaches.</remarks>
        public override IReadOnlyList<(string Name, double Nats)> Measure()
        {
            using var noGrad = no_grad();
            double loss = 0, unigram = 0;
            for (var i = 0; i < HeldOutBatches; i++)
            {
                using var scope = NewDisposeScope();
                var batch = Batch(heldOut, -1, i);
                loss += Loss(batch).item<float>() / HeldOutBatches;
                unigram -= Targets(batch).data<long>().Average(id => Math.Log(Math.Max(training.Frequencies[(int)id], 1e-9))) / HeldOutBatches;
            }
            return [("loss", loss), ("unigramLoss", unigram)];
        }

        public override void Save(string folder) => DecoderCheckpoint.Save(folder, model, tokenizer, ScalarType.Float16);

        private Tensor Loss(Tensor spans)
        {
            var logits = model.call(new TokenBatch(spans.narrow(1, 0, spans.shape[1] - 1).contiguous()));
            return TokenCrossEntropy.Of(logits.view(-1, logits.shape[2]), Targets(spans)).mean();
        }

        private static Tensor Targets(Tensor spans) => spans.narrow(1, 1, spans.shape[1] - 1).reshape(-1);

        private Tensor Batch(TokenStream stream, long seed, long number)
        {
            var length = Spans.Choose(seed, number);
            return stream.Draw(seed, number, Math.Max(1, settings.TokensPerBatch / length), length);
        }
    }
}
