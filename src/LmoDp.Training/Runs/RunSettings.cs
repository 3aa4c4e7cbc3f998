using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Record;

namespace LmoDp.Training.Runs;

/// <summary>
/// A run's settings by name, for the record; as one text they are what a resumed run must agree with, and part of what determines every step. Files are named
/// without their folders: the record is published, and data and weights count by their content (<see cref="FirstOrder.TrainingState.DigestOfConstants"/>).
/// </summary>
internal static class RunSettings
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The settings that apply.</summary>
    /// <param name="settings">What the user decided.</param>
    /// <param name="plan">The schedule and the noise; null for a run without privacy.</param>
    /// <param name="maxTokens">What texts are really cut to.</param>
    public static IReadOnlyDictionary<string, string> Of(FinetuneSettings settings, PrivacyPlan? plan, int maxTokens)
    {
        var named = new Dictionary<string, string>();
        Add("model", settings.Model is null ? "embedded" : FileName(settings.Model));
        Add("task", settings.Files.Name);
        foreach (var (name, value) in settings.Files.Settings)
            Add(name, value);
        Add("method", settings.Method);
        Add("trainable", settings.Trainable);
        if (settings.Trainable == Models.Adapters.TrainableSet.Lora)
        {
            Add("loraRank", settings.LoraRank);
            Add("loraAlpha", settings.LoraAlpha);
        }
        Add("weights", settings.Weights == Models.Layers.WeightStorage.Memory ? null : settings.Weights);
        Add("steps", settings.Steps);
        Add("batchSize", settings.Sampling.ExpectedBatch);
        Add("samplingRate", plan?.SamplingRate ?? settings.Sampling.Rate);
        Add("learningRate", settings.LearningRate);
        Add("warmUpShare", settings.WarmUpShare);
        Add("weightDecay", settings.WeightDecay);
        if (plan is not null)
        {
            Add("clipping", settings.Clipping);
            Add("clippingNorm", plan.ClippingNorm);
            Add("sensitivity", plan.Sensitivity);
            Add("noise", plan.Release.Noise);
            Add("epsilon", plan.TargetEpsilon);
            Add("delta", plan.Delta);
        }
        Add(RunRecord.MaxTokensSetting, maxTokens);
        Add("maxExamples", settings.MaxExamples);
        Add("seed", settings.Seed);
        Add("unsafeDiagnostics", settings.UnsafeDiagnostics ? "true" : null); // what was shown before an interruption was shown
        return named;

        void Add(string name, object? value)
        {
            if (value is not null)
                named.Add(name, value is Enum choice ? JsonNamingPolicy.KebabCaseLower.ConvertName(choice.ToString()) : Convert.ToString(value, CultureInfo.InvariantCulture)!);
        }
    }

    private static string FileName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>The settings as one text: equal texts mean equal settings.</summary>
    public static string Text(IReadOnlyDictionary<string, string> settings) => JsonSerializer.Serialize(settings, Options) + "\n";
}
