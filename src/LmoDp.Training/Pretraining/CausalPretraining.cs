using LmoDp.Models;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>A GPT-2 or Llama language model, which learns to predict each next token.</summary>
/// <param name="start">Where training starts from.</param>
public sealed class CausalPretraining(CausalStart start) : PretrainingRecipe
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
        return new Objective(
            start.Model(tokenizer, settings.Seed),
            tokenizer,
            new TokenStream(corpus.Training, end, tokenizer.VocabSize),
            new TokenStream(corpus.HeldOut, end, tokenizer.VocabSize),
            settings);
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

/// <summary>Where causal pre-training starts from: freshly drawn weights, or a model that there is already.</summary>
public abstract class CausalStart
{
    /// <summary>One canonical text that tells this start from others.</summary>
    public abstract string Describe();

    /// <summary>Refuses a model that cannot be trained so.</summary>
    /// <param name="longestSpan">Tokens of the longest span.</param>
    /// <exception cref="BadInputException">Its sizes do not fit, or it takes fewer tokens.</exception>
    public abstract void Check(int longestSpan);

    /// <summary>The tokenizer.</summary>
    /// <param name="folder">The run's folder: what is learned is kept there, for a run that goes on.</param>
    /// <param name="documents">The text.</param>
    public abstract TextTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents);

    /// <summary>The model as training finds it.</summary>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="seed">Of fresh weights.</param>
    public abstract CausalLanguageModel Model(TextTokenizer tokenizer, long seed);
}

/// <summary>Fresh weights of a GPT-2 or Llama; the vocabulary (byte-level, case kept) is learned from the text.</summary>
/// <param name="config">Sizes; the vocabulary's is the largest allowed.</param>
public sealed class FreshCausalStart(DecoderConfig config) : CausalStart
{
    private static readonly string[] Specials = ["<|endoftext|>"];

    /// <inheritdoc/>
    public override string Describe() => config.ToJson();

    /// <inheritdoc/>
    public override void Check(int longestSpan)
    {
        config.Validate("pretrain");
        if (config.MaxTokens < longestSpan)
            throw new ArgumentException($"the model takes {config.MaxTokens} tokens, spans have {longestSpan}");
    }

    /// <inheritdoc/>
    public override TextTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents)
    {
        if (!File.Exists(Path.Combine(folder, "merges.txt")))
        {
            var trainer = new BytePairTrainer();
            foreach (var document in documents())
                trainer.Add(document);
            trainer.Train(config.VocabSize, Specials).Save(folder);
        }
        return TextTokenizer.Load(folder);
    }

    /// <inheritdoc/>
    public override CausalLanguageModel Model(TextTokenizer tokenizer, long seed)
    {
        var model = new CausalLanguageModel(config with { VocabSize = tokenizer.VocabSize, BosTokenId = tokenizer.BosId, EosTokenId = tokenizer.EosId, PadTokenId = tokenizer.PadId });
        Initialization.Normal(model, config.InitializerRange, seed);
        return model;
    }
}

/// <summary>Goes on from a causal language model, with its vocabulary, on other text.</summary>
/// <param name="folder">A GPT-2 or Llama language model in the Hugging Face layout.</param>
public sealed class CausalModelStart(string folder) : CausalStart
{
    /// <inheritdoc/>
    public override string Describe() => Path.GetFullPath(folder);

    /// <inheritdoc/>
    public override TextTokenizer Tokenizer(string runFolder, Func<IEnumerable<string>> documents) => TextTokenizer.Load(folder);

    /// <inheritdoc/>
    public override CausalLanguageModel Model(TextTokenizer tokenizer, long seed) => DecoderCheckpoint.LoadLanguageModel(folder);

    /// <inheritdoc/>
    public override void Check(int longestSpan)
    {
        if (DecoderCheckpoint.ReadConfig(folder).MaxTokens is var most && most < longestSpan)
            throw new BadInputException($"the model in '{folder}' takes {most} tokens, and pre-training uses spans of {longestSpan}");
    }
}
