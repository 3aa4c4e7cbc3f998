using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Cli.Accounting;

/// <summary>A guarantee, and the run that is to keep it.</summary>
internal sealed record Target(double Epsilon, double Delta, double SamplingRate, long Steps, int PerDraw, AccountantKind? Accountant);

/// <summary>The options that describe a guarantee and the run that is to keep it.</summary>
internal sealed class TargetOptions
{
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "Target epsilon", NumberRange.Positive).Needed();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "Target delta", NumberRange.OpenUnit).Needed();
    private readonly Option<double?> rate = TypedOption.Real("--sampling-rate", "Probability that a row takes part in a step", NumberRange.Probability).Needed();
    private readonly Option<long?> steps = TypedOption.Whole("--steps", "Number of steps", 1).Needed();
    private readonly Option<long?> perDraw = TypedOption.Whole("--per-draw", "Numbers published from one draw [default: 1]", 1, most: int.MaxValue);
    private readonly Option<AccountantKind?> accountant = AccountantChoice();

    /// <summary>The option that chooses an accountant.</summary>
    public static Option<AccountantKind?> AccountantChoice() => TypedOption.Choice("--accountant",
        "pld: tight, two-sided; rdp: Renyi [default: the tightest that is proven]", ("pld", AccountantKind.Pld), ("rdp", AccountantKind.Rdp));

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { epsilon, delta, rate, steps, perDraw, accountant })
            verb.Options.Add(option);
    }

    /// <summary>What the user wants.</summary>
    public Target Read(ParseResult input) => new(input.GetRequiredValue(epsilon)!.Value, input.GetRequiredValue(delta)!.Value, input.GetRequiredValue(rate)!.Value,
        input.GetRequiredValue(steps)!.Value, (int)(input.GetValue(perDraw) ?? 1), input.GetValue(accountant));
}
