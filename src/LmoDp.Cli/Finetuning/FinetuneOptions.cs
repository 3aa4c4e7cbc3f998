using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options of <c>lmodp finetune</c>, and their reading into <see cref="FinetuneSettings"/>.</summary>
internal sealed class FinetuneOptions
{
    private readonly TrainingOptions training = new(new TrainingDefaults(Batch: 512, Steps: 50));
    private readonly Option<long?> seed = TypedOption.Whole("--seed", "Reproducible run for tests: the record says that it is not private", 0);
    private readonly Option<string?> output = TypedOption.Text("--output", "Folder for the model, the ledger and the record; it must not exist, or be empty", "folder").Needed();
    private readonly Option<bool> resume = TypedOption.Switch("--resume", "Continue the interrupted run in --output; give the same options as before");
    private readonly Option<bool> diagnostics = TypedOption.Switch("--unsafe-diagnostics", "Show losses and gradient norms of private rows, which the guarantee does not cover");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        training.AddTo(verb);
        foreach (var option in new Option[] { seed, output, resume, diagnostics })
            verb.Options.Add(option);
    }

    /// <summary>The settings, with defaults filled in.</summary>
    /// <exception cref="BadInputException">Options contradict each other, one that is needed is missing, or a file is.</exception>
    public FinetuneSettings Read(ParseResult input) => training.Read(input, input.GetRequiredValue(output)!) with
    {
        Seed = input.GetValue(seed),
        Resume = input.GetValue(resume),
        UnsafeDiagnostics = input.GetValue(diagnostics),
    };
}
