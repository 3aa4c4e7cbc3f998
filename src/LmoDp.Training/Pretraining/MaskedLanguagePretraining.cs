using System.Diagnostics;
using LmoDp.Models.Encoders;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>Pre-trains a masked-LM on public text. Nothing here is private: use it for text that may be published.</summary>
public sealed class MaskedLanguagePretraining
{
    private const int ContextWords = 24;
    private const int EvaluationBatches = 16;
    private readonly PretrainingSettings settings;
    private readonly SpanSampler training, heldOut;

    /// <param name="config">Sizes of the model.</param>
    /// <param name="corpus">Public text.</param>
    /// <param name="special">Ids of the special tokens.</param>
    /// <param name="settings">How to train.</param>
    public MaskedLanguagePretraining(EncoderConfig config, PublicCorpus corpus, SpecialTokens special, PretrainingSettings settings)
    {
        this.settings = settings;
        training = new SpanSampler(corpus.Training, special, config.VocabSize);
        heldOut = new SpanSampler(corpus.HeldOut, special, config.VocabSize);
        Model = new PretrainingModel(config, settings.ContextWeight, settings.Seed);
    }

    /// <summary>The model; trained in place.</summary>
    public PretrainingModel Model { get; }

    /// <summary>Trains from the first step to the last.</summary>
    /// <param name="evaluateEvery">Steps between measurements on the held-out documents.</param>
    /// <param name="report">Told of each measurement, after which it may save the model.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public void Run(int evaluateEvery, Action<PretrainingStatus> report, CancellationToken cancellation)
    {
        AdamW.ParamGroup[] groups =
        [
            new(Model.parameters().Where(p => p.dim() > 1), weight_decay: settings.WeightDecay, beta2: 0.98, eps: 1e-6),
            new(Model.parameters().Where(p => p.dim() <= 1), weight_decay: 0, beta2: 0.98, eps: 1e-6),
        ];
        using var optimizer = new AdamW(groups);
        var clock = Stopwatch.StartNew();
        for (var step = 0; step < settings.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = LearningRate(step);
            optimizer.zero_grad();
            var loss = Model.call(Batch(training, settings.Seed, step));
            loss.backward();
            nn.utils.clip_grad_norm_(Model.parameters(), 1.0);
            optimizer.step();
            if ((step + 1) % evaluateEvery == 0 || step + 1 == settings.Steps)
                report(Measure(step + 1, loss.item<float>(), clock.Elapsed));
        }
    }

    /// <summary>Linear warm-up to the peak, then linearly down to 0.</summary>
    private double LearningRate(int step)
    {
        var warmUp = Math.Max(1, settings.WarmUpShare * settings.Steps);
        return settings.LearningRate * Math.Min((step + 1) / warmUp, (settings.Steps - step) / Math.Max(1, settings.Steps - warmUp));
    }

    private MaskedBatch Batch(SpanSampler sampler, long seed, long number)
    {
        var at = new Random(unchecked((int)(seed * 7919 + number))).NextDouble();
        var length = PretrainingSettings.SpanLengths.First(choice => (at -= choice.Share) < 0 || choice == PretrainingSettings.SpanLengths[^1]).Tokens;
        return sampler.Draw(seed, number, settings.TokensPerBatch / length, length, ContextWords);
    }

    /// <summary>The same held-out batches each time.</summary>
    private PretrainingStatus Measure(int step, double trainingLoss, TimeSpan elapsed)
    {
        using var noGrad = no_grad();
        double masked = 0, context = 0, unigram = 0;
        for (var i = 0; i < EvaluationBatches; i++)
        {
            using var scope = NewDisposeScope();
            var batch = Batch(heldOut, -1, i);
            var losses = Model.Losses(batch);
            masked += losses.Masked.item<float>() / EvaluationBatches;
            context += (losses.Context?.item<float>() ?? 0) / EvaluationBatches;
            unigram -= batch.Targets.data<long>().Average(id => Math.Log(Math.Max(training.Frequencies[(int)id], 1e-9))) / EvaluationBatches;
        }
        return new PretrainingStatus(step, settings.Steps, (long)step * settings.TokensPerBatch, trainingLoss, masked, context, unigram, elapsed);
    }
}

/// <summary>Where a pre-training run stands; losses in nats a token.</summary>
public sealed record PretrainingStatus(
    int Step, int Steps, long Tokens, double TrainingLoss, double HeldOutLoss, double HeldOutContextLoss, double UnigramLoss, TimeSpan Elapsed);
