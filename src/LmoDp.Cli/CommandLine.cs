using System.CommandLine;
using System.CommandLine.Help;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Verbs;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;

namespace LmoDp.Cli;

/// <summary>
/// The <c>lmodp</c> command: parses, runs a verb, prints its result, and turns every fault into one line on standard error.
/// Exit codes: 0 success, 1 a failed run, 2 bad input.
/// </summary>
internal static class CommandLine
{
    /// <summary>What the user types.</summary>
    public const string ProgramName = "lmodp";

    private const int Failed = 1;
    private const int BadInput = 2;

    // Neither @file nor bundled letters: both would change what a label or a text means.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>Runs one command line and returns its exit code.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="cancellation">Set when the user interrupts.</param>
    public static int Run(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            var input = Root().Parse(arguments, Parsing);
            if (input.Action is HelpPage or VersionLine)
                return input.Invoke(new InvocationConfiguration { Output = terminal.Output.Writer, Error = terminal.Error.Writer, EnableDefaultExceptionHandler = false });
            if (input.Errors.Count > 0 || input.CommandResult.Command is not Verb verb)
                throw new BadInputException(ParseFault.Of(input));
            var result = verb.StopsByItself
                ? verb.Run(input, terminal, cancellation)
                : Task.Run(() => verb.Run(input, terminal, cancellation), cancellation).WaitAsync(cancellation).GetAwaiter().GetResult();
            Print(result, verb.WantsJson(input), terminal.Output);
            return result.ExitCode;
        }
        catch (BadInputException fault)
        {
            return Report(terminal, fault.Message, BadInput);
        }
        catch (RunInterruptedException stop)
        {
            return Report(terminal, stop.Message, Failed);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Report(terminal, "interrupted", Failed);
        }
        catch (Exception failure)
        {
            var cause = Innermost(failure);
            return Report(terminal, Describe(cause), cause is BadInputException ? BadInput : Failed);
        }
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("Fine-tunes language models on private text, with a guarantee of differential privacy that holds and can be checked.")
        {
            new Command("noise", "Noise laws: the best one for a run, what a law is and costs, several side by side.") { new NoiseSearchVerb(), new NoiseShowVerb(), new NoiseCompareVerb() },
            new AccountVerb(),
            new CalibrateVerb(),
            new PlanVerb(),
            new PretrainVerb(),
            new FinetuneVerb(),
            new ReplayVerb(),
            new DemoVerb(),
            new EvaluateVerb(),
            new PredictVerb(),
            new GenerateVerb(),
            new MetricsVerb(),
            new TokenizeVerb(),
            new VerifyVerb(),
            new CheckVerb(),
            new Command("audit", "Attacks on what is claimed: a lower bound on epsilon beside the upper one.") { new AuditMechanismVerb(), new AuditTrainingVerb() },
            new Command("reproduce", "The LMO-DP paper's figures and tables, with the bounds that hold.") { new ReproduceNoiseVerb(), new ReproduceParametersVerb(), new ReproduceAccuracyVerb() },
        };
        root.Directives.Clear();
        foreach (var option in root.Options)
        {
            option.Action = option switch
            {
                HelpOption => new HelpPage(),
                VersionOption => new VersionLine(),
                _ => option.Action,
            };
        }
        return root;
    }

    private static void Print(VerbResult result, bool json, TextStream output)
    {
        if (json)
            output.Writer.WriteLine(JsonDocuments.Write(result));
        else
            result.Draw(output.Console());
        output.Writer.Flush();
    }

    private static int Report(Terminal terminal, string message, int exitCode)
    {
        try
        {
            terminal.Error.Writer.WriteLine($"{ProgramName}: {message}");
            terminal.Error.Writer.Flush();
        }
        catch (IOException)
        {
            // Nobody can be told; the exit code says it.
        }
        return exitCode;
    }

    /// <summary>What went wrong, out of the wrappers that parallel and start-up code puts around it.</summary>
    private static Exception Innermost(Exception failure)
    {
        while (failure is AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException && failure.InnerException is { } inner)
            failure = inner;
        return failure;
    }

    /// <summary>The first line of what went wrong. Native code's messages may hold a whole stack below it.</summary>
    private static string Describe(Exception failure)
    {
        var line = failure.Message.Split(['\r', '\n'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var first, ..] ? first : "";
        return failure switch
        {
            BadInputException or BudgetSpentException => line,
            OutOfMemoryException => "out of memory: ask for less (shorter texts by --max-tokens, fewer runs, a smaller model), or free some",
            IOException or UnauthorizedAccessException => line,
            _ => $"failed ({failure.GetType().Name}): {line}",
        };
    }
}
