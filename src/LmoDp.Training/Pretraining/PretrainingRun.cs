using System.Globalization;
using LmoDp.Models.Encoders;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Optimization;
using LmoDp.Training.Runs;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>
/// Pre-trains a RoBERTa-style masked-LM on public text, vocabulary included, and saves it in the Hugging Face layout (half precision). Not private: whatever is
/// in the text may come out of the model.
/// </summary>
/// <param name="files">Text files.</param>
/// <param name="start">Where training starts from.</param>
/// <param name="settings">How to train.</param>
/// <param name="output">Folder for the model.</param>
public sealed class PretrainingRun(IReadOnlyList<string> files, PretrainingStart start, PretrainingSettings settings, string output)
{
    private const int EvaluationBatches = 16;
    private const int Evaluations = 50;
    private const string LossFile = "loss.csv";

    /// <summary>Trains to the end.</summary>
    /// <param name="resume">Go on from the checkpoint in the output folder.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="note">Told of each measurement on held-out text.</param>
    /// <param name="cancellation">Ends it between two steps, after a checkpoint.</param>
    /// <exception cref="BadInputException">The text or the output folder is not right.</exception>
    /// <exception cref="OperationCanceledException">It was ended early; it can be resumed.</exception>
    public PretrainingStatus Execute(bool resume, IProgress<TrainingStatus> progress, Action<PretrainingStatus> note, CancellationToken cancellation)
    {
        start.Check(PretrainingSettings.LongestSpan);
        var description = FormattableString.Invariant($"{settings}\n{start.Describe()}\n{string.Join('\n', files.Select(Path.GetFullPath))}\n");
        var folder = resume ? RunFolder.OfRun(output, LossFile) : RunFolder.ForNewRun(output, LossFile);
        if (folder.HasEnded)
            throw new BadInputException($"the run in '{folder.Path}' has ended: its model is ready");
        if (!resume)
            folder.Begin(description);
        using var alone = folder.Keep(description);
        var tokenizer = start.Tokenizer(folder.Inner, () => PublicCorpus.Documents(files, wordTokenised: true));
        var corpus = PublicCorpus.Encode(PublicCorpus.Documents(files, wordTokenised: true), tokenizer.Encode);
        var special = new SpecialTokens(tokenizer.ClsId, tokenizer.PadId, tokenizer.SepId, tokenizer.UnkId, tokenizer.MaskId);
        var teacher = settings.ToneWeight == 0 ? null : ToneTeacher.Learn(corpus.Training);
        var training = new SpanSampler(corpus.Training, special, tokenizer.VocabSize, teacher);
        var heldOut = new SpanSampler(corpus.HeldOut, special, tokenizer.VocabSize, teacher);

        using var model = new PretrainingModel(start.Model(tokenizer.VocabSize, settings.Seed), settings.ToneWeight, settings.Seed);
        var parameters = model.named_parameters().Select(entry => (entry.name, entry.parameter)).ToArray();
        using var optimizer = new DpAdamW(parameters.ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter),
            new AdamWSettings(Beta2: 0.98, Stability: 1e-6, WeightDecay: settings.WeightDecay));
        var state = new TrainingState(parameters, optimizer, []);
        var checkpoint = resume ? folder.ReadCheckpoint() : null;
        checkpoint?.Restore(folder.Inner, state);

        using var gradients = new PretrainingGradient(model, training, settings);
        var schedule = new LearningRateSchedule(settings.LearningRate, settings.Steps, (int)(settings.WarmUpShare * settings.Steps));
        var loop = new FineTuning(gradients, state, settings.Steps, schedule, Math.Max(1, settings.Steps / Evaluations), step =>
        {
            new Checkpoint(step, 0, null).Write(folder.Inner, state);
            Log(folder, Measure(model, training, heldOut, step), note);
        });
        loop.Run(checkpoint?.Step ?? 0, settings.TokensPerBatch, _ => double.PositiveInfinity, progress, cancellation);

        var final = Measure(model, training, heldOut, settings.Steps);
        folder.Publish(result =>
        {
            EncoderCheckpoint.Save(result, model.LanguageModel, tokenizer, ScalarType.Float16, model.HeadTensors);
            AtomicFile.WriteText(Path.Combine(result, LossFile), File.ReadAllText(Path.Combine(folder.Inner, LossFile)));
        });
        folder.DeleteCheckpoint();
        return final;
    }

    /// <summary>The same held-out batches each time.</summary>
    private PretrainingStatus Measure(PretrainingModel model, SpanSampler training, SpanSampler heldOut, int step)
    {
        using var noGrad = no_grad();
        double masked = 0, tone = 0, unigram = 0;
        for (var i = 0; i < EvaluationBatches; i++)
        {
            using var scope = NewDisposeScope();
            var batch = settings.Batch(heldOut, -1, i);
            var losses = model.Losses(batch);
            masked += losses.Masked.item<float>() / EvaluationBatches;
            tone += (losses.Tone?.item<float>() ?? 0) / EvaluationBatches;
            unigram -= batch.Targets.data<long>().Average(id => Math.Log(Math.Max(training.Frequencies[(int)id], 1e-9))) / EvaluationBatches;
        }
        return new PretrainingStatus(step, (long)step * settings.TokensPerBatch, masked, tone, unigram);
    }

    private static void Log(RunFolder folder, PretrainingStatus status, Action<PretrainingStatus> note)
    {
        var path = Path.Combine(folder.Inner, LossFile);
        if (!File.Exists(path))
            File.WriteAllText(path, "step,tokens,maskedLoss,toneLoss,unigramLoss\n");
        File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture, $"{status.Step},{status.Tokens},{status.MaskedLoss:F4},{status.ToneLoss:F4},{status.UnigramLoss:F4}\n"));
        note(status);
    }
}

/// <summary>A measurement on held-out text; losses in nats a token.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="MaskedLoss">Cross-entropy of masked tokens.</param>
/// <param name="ToneLoss">Cross-entropy of praise against blame, span by span; 0 where that objective is off, 0.693 for a guess.</param>
/// <param name="UnigramLoss">Cross-entropy of the same masked tokens under their frequencies in the training text: what a model that looks at nothing reaches.</param>
public sealed record PretrainingStatus(int Step, long Tokens, double MaskedLoss, double ToneLoss, double UnigramLoss);
