using System.Text.Json;
using LmoDp.Training.Ledger;
using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>What only shows in a process of its own: the user's locale, signals, what lies where when it ends.</summary>
public sealed class RealProcessTests : IDisposable
{
    private const string German = "de_DE.UTF-8"; // .NET takes the culture from its own tables: the locale need not be installed
    private readonly TemporaryFolder folder = new();
    private readonly string state;
    private readonly string[] finetune;

    public RealProcessTests()
    {
        state = folder.File("state");
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        finetune =
        [
            "finetune", "--model", model, "--task", "text-classification", "--train", rows, "--evaluation", rows, "--labels", "no,yes", "--delta", "1e-5", "--batch-size", "5",
            "--max-tokens", "16", "--json",
        ];
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_German_locale_changes_no_number()
    {
        string[] run = [.. finetune, "--epsilon", "0.3", "--learning-rate", "1e-3", "--steps", "3", "--seed", "1"];
        var german = CliProcess.Run(state, [.. run, "--output", folder.File("german")], German);
        var json = german.Json();
        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 0.29, 0.3);
        Assert.Contains("epsilon 0.3,", german.Error);
        var page = File.ReadAllText(Path.Combine(folder.File("german"), "run.md"));
        Assert.Contains("| learningRate | 0.001 |", page);
        Assert.DoesNotMatch(@"\d,\d", page);

        Assert.Equal(0, CliProcess.Run(state, [.. run, "--output", folder.File("neutral")]).ExitCode);
        Assert.Equal(File.ReadAllBytes(Weights("neutral")), File.ReadAllBytes(Weights("german")));
        Assert.Contains("use a decimal point", CliProcess.Run(state, [.. finetune, "--epsilon", "0,3", "--output", folder.File("comma")], German).Complaint());
    }

    [Fact]
    public void A_run_that_is_told_to_end_stops_in_order_and_goes_on_to_the_same_model()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGTERM");
        string[] run = [.. finetune, "--epsilon", "100", "--steps", "250", "--seed", "1"];
        Assert.Equal(0, CliProcess.Run(state, [.. run, "--output", folder.File("whole")]).ExitCode);

        string[] part = [.. run, "--output", folder.File("part")];
        using (var stopped = new CliProcess(state, part))
        {
            var ledger = Path.Combine(folder.File("part"), "run", PrivacyLedger.FileName);
            stopped.WaitUntil(() => File.Exists(ledger) && new FileInfo(ledger).Length > 1200);
            stopped.Terminate();
            var end = stopped.Finish();
            Assert.Equal((1, ""), (end.ExitCode, end.Output));
            Assert.Contains("lmodp: interrupted: ", end.Error);
            Assert.Contains("--resume", end.Error);
            Assert.False(File.Exists(Weights("part")));
        }
        Assert.Equal(0, CliProcess.Run(state, [.. part, "--resume"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(Weights("whole")), File.ReadAllBytes(Weights("part")));
        Assert.Equal(250, LedgerHistory.Read(Path.Combine(folder.File("part"), "run")).Entries.Count);
    }

    [Fact]
    public void A_run_has_its_folder_to_itself()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGSTOP");
        string[] run = [.. finetune, "--epsilon", "100", "--steps", "150", "--output", folder.File("run")];
        using var first = new CliProcess(state, run);
        var ledger = Path.Combine(folder.File("run"), "run", PrivacyLedger.FileName);
        first.WaitUntil(() => File.Exists(ledger) && new FileInfo(ledger).Length > 1500);
        first.Pause(); // else it may end before the others have begun
        Assert.Contains("another process is working on this run", CliProcess.Run(state, [.. run, "--resume"]).Complaint());
        Assert.Contains("holds a run already", CliProcess.Run(state, run).Complaint());
        first.GoOn();
        var end = first.Finish();
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(150, LedgerHistory.Read(Path.Combine(folder.File("run"), "run")).Entries.Count);
    }

    [Fact]
    public void A_secret_run_keeps_its_key_to_its_owner_and_loses_it_at_the_end()
    {
        string[] run = [.. finetune, "--epsilon", "1", "--steps", "5", "--output", folder.File("secret")];
        Assert.True(CliProcess.Run(state, run).Json().GetProperty("private").GetBoolean());
        Assert.Empty(Directory.EnumerateFiles(state, "key.json*", SearchOption.AllDirectories));
        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.File("secret"), "run.json")));
        Assert.Equal(5, record.RootElement.GetProperty("privacy").GetProperty("chargedReleases").GetInt32());
        Assert.Contains("has ended", CliProcess.Run(state, [.. run, "--resume"]).Complaint());
    }

    private string Weights(string name) => Path.Combine(folder.File(name), "model.safetensors");
}
