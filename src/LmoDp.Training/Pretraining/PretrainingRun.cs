using System.Globalization;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Loop;
using LmoDp.Training.Optimization;
using LmoDp.Training.Runs;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>
/// Pre-trains a language model on public text, vocabulary included, and saves it in the Hugging Face layout (half precision). Not private: whatever is
/// in the text may come out of the model.
/// </summary>
/// <param name="files">Text files.</param>
/// <param name="recipe">What to train, and from where.</param>
/// <param name="settings">How to train.</param>
/// <param name="output">Folder for the model.</param>
public sealed class PretrainingRun(IReadOnlyList<string> files, PretrainingRecipe recipe, PretrainingSettings settings, string output)
{
    private const int Checkpoints = 50, Measurements = 20;
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
        PublicCorpus.RequireFiles(files);
        recipe.Check();
        var description = FormattableString.Invariant($"{settings}\n{recipe.Describe()}\n{string.Join('\n', files.Select(Path.GetFullPath))}\n");
        var folder = resume ? RunFolder.OfRun(output, LossFile) : RunFolder.ForNewRun(output, LossFile);
        if (folder.HasEnded)
            throw new BadInputException($"the run in '{folder.Path}' has ended: its model is ready");
        if (!resume)
            folder.Begin(description);
        using var alone = folder.Keep(description);
        if (!resume) // what a call left that was refused since
        {
            File.Delete(Path.Combine(folder.Inner, PretrainingRecipe.MergesFile));
            File.Delete(Path.Combine(folder.Inner, LossFile));
        }
        using var objective = recipe.Begin(files, settings, folder.Inner);
        var parameters = objective.Module.named_parameters().Select(entry => (entry.name, entry.parameter)).ToArray();
        using var optimizer = new DpAdamW(parameters.ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter),
            new AdamWSettings(Beta2: 0.98, Stability: 1e-6, WeightDecay: settings.WeightDecay));
        var state = new TrainingState(parameters, optimizer, []);
        var checkpoint = resume ? folder.ReadCheckpoint() : null;
        checkpoint?.Restore(folder.Inner, state);

        var schedule = new LearningRateSchedule(settings.LearningRate, settings.Steps, (int)(settings.WarmUpShare * settings.Steps));
        PretrainingStatus? latest = null;
        var every = MeasureEvery(settings.Steps);
        using var training = new GradientStep(new PretrainingGradient(objective), optimizer, schedule);
        var loop = new TrainingLoop(training, settings.Steps, Math.Max(1, settings.Steps / Checkpoints), step =>
        {
            new Checkpoint(step, 0, null).Write(folder.Inner, state.Tensors);
            if (step / every > (latest?.Step ?? checkpoint?.Step ?? 0) / every)
                Measure(step);
        });
        try
        {
            loop.Run(checkpoint?.Step ?? 0, settings.TokensPerBatch, _ => double.PositiveInfinity, progress, cancellation);
            var final = latest?.Step == settings.Steps ? latest : Measure(settings.Steps);
            folder.Publish(result =>
            {
                objective.Save(result);
                AtomicFile.WriteText(Path.Combine(result, LossFile), File.ReadAllText(Path.Combine(folder.Inner, LossFile)));
            });
            folder.DeleteCheckpoint();
            return final;
        }
        catch (OperationCanceledException e)
        {
            throw new RunInterruptedException($"interrupted: {RunInterruptedException.Resume}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{e.Message}: mend that, then {RunInterruptedException.Resume}", e);
        }

        PretrainingStatus Measure(int step)
        {
            latest = new PretrainingStatus(step, (long)step * settings.TokensPerBatch, objective.Measure());
            Log(folder, latest, note);
            return latest;
        }
    }

    /// <summary>Steps between two measurements on held-out text: a twentieth of the run, but no more than one batch is measured for ten that are learned from. There is always one at the end.</summary>
    internal static int MeasureEvery(int steps) => Math.Max((steps + Measurements - 1) / Measurements, 10 * PretrainingObjective.HeldOutBatches);

    private static void Log(RunFolder folder, PretrainingStatus status, Action<PretrainingStatus> note)
    {
        var path = Path.Combine(folder.Inner, LossFile);
        if (!File.Exists(path))
            File.WriteAllText(path, $"step,tokens,{string.Join(',', status.Losses.Select(loss => loss.Name))}\n");
        var losses = status.Losses.Select(loss => loss.Nats.ToString("F4", CultureInfo.InvariantCulture));
        File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture, $"{status.Step},{status.Tokens},{string.Join(',', losses)}\n"));
        note(status);
    }
}

/// <summary>A measurement on held-out text.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="Losses">Losses in nats by name; the first is the one that counts.</param>
public sealed record PretrainingStatus(int Step, long Tokens, IReadOnlyList<(string Name, double Nats)> Losses);
