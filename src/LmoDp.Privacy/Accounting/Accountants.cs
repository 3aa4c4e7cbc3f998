namespace LmoDp.Privacy.Accounting;

/// <summary>Which accountant proves a figure.</summary>
public enum AccountantKind
{
    /// <summary>Privacy loss distributions: upper and lower bounds.</summary>
    Pld,

    /// <summary>Rényi divergences: an upper bound.</summary>
    Rdp,
}

/// <summary>Chooses and calls accountants.</summary>
public static class Accountants
{
    /// <summary>The tightest accountant that is proven for a release.</summary>
    public static AccountantKind ForRelease(Release release)
    {
        ArgumentNullException.ThrowIfNull(release);
        return release.HasPrivacyLossDistribution ? AccountantKind.Pld : AccountantKind.Rdp;
    }

    /// <summary>The tightest accountant that is proven for every release of a composition.</summary>
    public static AccountantKind ForComposition(Composition composition)
    {
        ArgumentNullException.ThrowIfNull(composition);
        return composition.Groups.All(group => group.Release.HasPrivacyLossDistribution) ? AccountantKind.Pld : AccountantKind.Rdp;
    }

    /// <summary>"pld" or "rdp", as the command line spells it.</summary>
    public static string Name(this AccountantKind kind) => kind == AccountantKind.Pld ? "pld" : "rdp";

    /// <summary>Bounds on epsilon by the given accountant; the Rényi accountant's lower bound is 0.</summary>
    /// <param name="kind">Which accountant.</param>
    /// <param name="composition">What is published.</param>
    /// <param name="delta">In [0, 1].</param>
    /// <param name="relativeWidth">Bracket width to aim at (PLD only).</param>
    /// <exception cref="BadInputException">The accountant does not apply, or delta is out of range.</exception>
    public static Bounds Epsilon(AccountantKind kind, Composition composition, double delta, double relativeWidth = PldAccountant.DefaultWidth) => kind switch
    {
        AccountantKind.Pld => PldAccountant.Epsilon(composition, delta, relativeWidth),
        _ => new Bounds(RenyiAccountant.Epsilon(composition, delta).Epsilon, 0),
    };
}
