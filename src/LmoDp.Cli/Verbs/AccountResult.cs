using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary>What a composition costs. Lower bounds are null where the accountant proves none, or where the figure was given.</summary>
/// <param name="Epsilon">Upper bound, or what the user gave.</param>
/// <param name="EpsilonLower">No accountant can go below.</param>
/// <param name="Delta">Upper bound, or what the user gave.</param>
/// <param name="DeltaLower">No accountant can go below.</param>
/// <param name="Accountant">Which accountant proved it.</param>
/// <param name="Seconds">Time it took.</param>
internal sealed record AccountResult(double Epsilon, double? EpsilonLower, double Delta, double? DeltaLower, AccountantKind Accountant, double Seconds) : VerbResult
{
    /// <summary>Bounds on epsilon at a delta.</summary>
    public static AccountResult OfEpsilon(Composition composition, double delta, AccountantKind? accountant)
    {
        var kind = accountant ?? Accountants.ForComposition(composition);
        var bounds = Accountants.Epsilon(kind, composition, delta);
        return new AccountResult(bounds.Upper, kind == AccountantKind.Pld ? bounds.Lower : null, delta, null, kind, 0);
    }

    /// <summary>Bounds on delta at an epsilon.</summary>
    public static AccountResult OfDelta(Composition composition, double epsilon, AccountantKind? accountant)
    {
        var kind = accountant ?? Accountants.ForComposition(composition);
        if (kind != AccountantKind.Pld)
            throw new BadInputException("the rdp accountant answers --delta only: give a delta, or use --accountant pld where it applies");
        var bounds = PldAccountant.Delta(composition, epsilon);
        return new AccountResult(epsilon, null, bounds.Upper, bounds.Lower, kind, 0);
    }

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("epsilon", DeltaLower is not null ? Figures.Short(Epsilon) : Between(Epsilon, EpsilonLower)),
            ("delta", DeltaLower is not null ? Between(Delta, DeltaLower) : Figures.Short(Delta)),
            ("accountant", $"{Accountant.Name()}, {Figures.Short(Seconds)} s"),
            ("adjacency", "add or remove one example"));
    }

    private static string Between(double upper, double? lower)
        => $"at most {Figures.Upper(upper)}{(lower is { } least ? $" (and at least {Figures.Lower(least)})" : "")}";
}
