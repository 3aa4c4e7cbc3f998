using System.Text.Encodings.Web;
using System.Text.Json;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Training.Runs;

/// <summary>The canonical text of a run's settings: what a resumed run must agree with, and part of what determines every step.</summary>
internal static class RunSettingsText
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(FinetuneSettings settings, PrivacyPlan? plan)
    {
        var task = settings.Files.Task;
        return JsonSerializer.Serialize(
            new
            {
                model = settings.Model is null ? "embedded" : Path.GetFullPath(settings.Model),
                task = task.Name,
                train = Path.GetFullPath(settings.Files.Folder ?? settings.Files.TrainFile!),
                columns = new[] { task.TextColumn, task.TextPairColumn, task.LabelColumn, task.UnitColumn },
                labels = task.Labels,
                method = settings.Method.ToString(),
                trainable = settings.Trainable.ToString(),
                loraRank = settings.LoraRank,
                loraAlpha = settings.LoraAlpha,
                steps = settings.Steps,
                expectedBatch = settings.Sampling.ExpectedBatch,
                samplingRate = plan?.SamplingRate ?? settings.Sampling.Rate,
                learningRate = settings.LearningRate,
                warmUpShare = settings.WarmUpShare,
                weightDecay = settings.WeightDecay,
                clipping = settings.Clipping.ToString(),
                clippingNorm = settings.ClippingNorm,
                sensitivity = plan?.Sensitivity,
                noise = plan?.Release.Noise.ToString(),
                epsilon = plan?.TargetEpsilon,
                delta = plan?.Delta,
                maxTokens = settings.MaxTokens,
                maxExamples = settings.MaxExamples,
                seeded = settings.Seed is not null,
            },
            Options);
    }
}
