using System.Text.Json.Serialization;
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
/// <param name="Order">The Renyi order that gave it; null for pld.</param>
/// <param name="Formula">How the Renyi divergences were obtained; null for pld.</param>
/// <param name="Seconds">Time it took, without the plot.</param>
internal sealed record AccountResult(
    double Epsilon, double? EpsilonLower, double Delta, double? DeltaLower, AccountantKind Accountant, double? Order, string? Formula, double Seconds) : VerbResult
{
    /// <summary>The picture that was drawn; null if none was wanted.</summary>
    public string? Plot { get; init; }

    /// <summary>Whether delta is the answer, not what was given.</summary>
    [JsonIgnore]
    public bool IsDelta { get; private init; }

    /// <summary>Bounds on epsilon at a delta.</summary>
    public static AccountResult OfEpsilon(Composition composition, double delta, AccountantKind accountant)
    {
        if (accountant == AccountantKind.Rdp)
        {
            var (epsilon, order, formula) = RenyiAccountant.Epsilon(composition, delta);
            return new AccountResult(epsilon, null, delta, null, accountant, order, formula, 0);
        }
        // As narrow as a calibration or a search certifies, so that what they found is not found wanting here.
        var bounds = PldAccountant.Epsilon(composition, delta, Calibration.CertificateWidth);
        return new AccountResult(bounds.Upper, bounds.Lower, delta, null, accountant, null, null, 0);
    }

    /// <summary>Bounds on delta at an epsilon.</summary>
    public static AccountResult OfDelta(Composition composition, double epsilon, AccountantKind accountant)
    {
        if (accountant == AccountantKind.Rdp)
        {
            var (delta, order, formula) = RenyiAccountant.Delta(composition, epsilon);
            return new AccountResult(epsilon, null, delta, null, accountant, order, formula, 0) { IsDelta = true };
        }
        var bounds = PldAccountant.Delta(composition, epsilon);
        return new AccountResult(epsilon, null, bounds.Upper, bounds.Lower, accountant, null, null, 0) { IsDelta = true };
    }

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("epsilon", IsDelta ? Figures.Short(Epsilon) : Between(Epsilon, EpsilonLower)),
            ("delta", IsDelta ? Between(Delta, DeltaLower) : Figures.Short(Delta)),
            ("accountant", $"{Accountant.Name()}{(Order is { } order ? $" at order {Figures.Short(order)} ({Formula})" : "")}, {Figures.Short(Seconds)} s"),
            ("adjacency", "add or remove one example"),
            ("plot", Plot));
    }

    private static string Between(double upper, double? lower)
        => $"at most {Figures.Upper(upper)}{(lower is { } least ? $" (and at least {Figures.Lower(least)})" : "")}";
}
