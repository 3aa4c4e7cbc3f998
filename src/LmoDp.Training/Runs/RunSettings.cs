using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;
using LmoDp.Training.ZerothOrder;

namespace LmoDp.Training.Runs;

/// <summary>
/// A run's settings by name, for the record; as one text they are what a resumed run must agree with, and part of what determines every step. Files are named
/// without their folders: the record is published, and data and weights count by their content (<see cref="TrainingState"/>).
/// </summary>
internal static class RunSettings
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The settings that apply.</summary>
    /// <param name="settings">What the user decided.</param>
    /// <param name="plan">The schedule and the noise; null for a run without privacy.</param>
    /// <param name="model">The model, as training finds it.</param>
    public static IReadOnlyDictionary<string, string> Of(FinetuneSettings settings, PrivacyPlan? plan, TaskModel model)
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
        if (settings.Trainable == Models.Adapters.TrainableSet.Prompt)
            Add("promptLength", settings.PromptLength);
        Add("weights", settings.Weights == Models.Layers.WeightStorage.Memory ? null : settings.Weights);
        Add("steps", settings.Steps);
        Add("batchSize", settings.Sampling.ExpectedBatch);
        Add("samplingRate", plan?.SamplingRate ?? settings.Sampling.Rate);
        Add("learningRate", settings.LearningRate);
        Add("warmUpShare", settings.WarmUpShare);
        Add("weightDecay", settings.WeightDecay);
        if (plan is not null)
        {
            if (settings.Method != TrainingMethod.ZerothOrder)
                Add("clipping", settings.Clipping);
            Add("clippingNorm", plan.ClippingNorm);
            Add("sensitivity", plan.Sensitivity);
            Add("noise", plan.Release.Noise);
            Add("epsilon", plan.TargetEpsilon);
            Add("delta", plan.Delta);
        }
        if (plan is not null && settings.Method == TrainingMethod.ZerothOrder)
        {
            Add("directions", settings.Directions);
            if (plan.Release is VectorRelease)
            {
                Add("directionClipping", DirectionClipping.Joint);
                Add(UpdateRule.LatticeSteps, JointRelease.StepsPerSensitivity);
            }
            Add("directionSeed", settings.Seed ?? TaskModel.FreshSeed);
            Add("perturbation", PerturbedParameters.PowerOfTwo(settings.Perturbation));
            Add("expectedBatch", plan.ExpectedBatchSize);
            Add("startingWeights", Convert.ToHexStringLower(TrainingState.DigestOfWeights(model.Module)));
        }
        Add(RunRecord.MaxTokensSetting, model.MaxTokens);
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

    /// <summary>A path's last part.</summary>
    public static string FileName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>What a ledger keeps of the settings, so that its releases can be replayed: all but the noise, which stands in its plan, and what only says how the run was made.</summary>
    public static IReadOnlyDictionary<string, string> Replayable(IReadOnlyDictionary<string, string> settings)
        => settings.Where(setting => setting.Key is not ("noise" or "seed" or "unsafeDiagnostics")).ToDictionary();

    /// <summary>The settings as one text: equal texts mean equal settings.</summary>
    public static string Text(IReadOnlyDictionary<string, string> settings) => JsonSerializer.Serialize(settings, Options) + "\n";
}
