using LmoDp.Models.Layers;
using LmoDp.Models.Prompts;
using LmoDp.Training.Data;

namespace LmoDp.Training.Runs;

/// <summary>A task and where its rows lie: the kind of task decides which model it needs, what is descended on, and how the result is judged.</summary>
public abstract record TaskFiles
{
    /// <summary>The task's name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The column that says whose row it is; null where each row is its own unit of privacy.</summary>
    public abstract string? UnitColumn { get; }

    /// <summary>What determines the training rows, by name, for the record; null where it does not apply. Files are named without their folders.</summary>
    public abstract IReadOnlyList<(string Name, string? Value)> Settings { get; }

    /// <summary>How the embedded model for such a task is called in the record.</summary>
    public abstract string EmbeddedModelName { get; }

    /// <summary>The task of a run by its settings, without its files.</summary>
    /// <param name="settings">As a run's record and ledger name them.</param>
    public static TaskFiles Of(IReadOnlyDictionary<string, string> settings)
    {
        var (name, unit) = (settings["task"], settings.GetValueOrDefault("unitColumn"));
        if (settings.TryGetValue("labels", out var labels))
        {
            return new ClassificationFiles(name == "text-classification"
                ? ClassificationTask.Custom(settings["textColumn"], settings.GetValueOrDefault("textPairColumn"), settings["labelColumn"], labels.Split(','), unit)
                : ClassificationTask.Named(name), null, null, null,
                settings.TryGetValue("prompt", out var template) ? new ClassificationPrompt(template, settings["verbalisers"].Split(',')) : null);
        }
        return new GenerationFiles(name == "text-to-text" ? GenerationTask.Custom(settings["sourceColumn"], settings["targetColumn"], unit) : GenerationTask.Named(name), null, null, null);
    }

    /// <summary>Loads a model to be fine-tuned for the task.</summary>
    /// <param name="model">A folder in the Hugging Face layout; null for the embedded model.</param>
    /// <param name="maxTokens">Texts are cut to this many tokens, or to what the model takes if that is fewer.</param>
    /// <param name="storage">Where the weights of its linear layers are to lie.</param>
    /// <exception cref="BadInputException">The folder holds no model that fits the task.</exception>
    public abstract TaskModel Load(string? model, int maxTokens, WeightStorage storage = WeightStorage.Memory);

    /// <summary>A path's last part.</summary>
    private protected static string FileName(string path) => RunSettings.FileName(path);
}
