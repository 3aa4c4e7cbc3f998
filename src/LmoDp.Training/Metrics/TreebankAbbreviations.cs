namespace LmoDp.Training.Metrics;

/// <summary>English abbreviations that keep their full stop.</summary>
internal static class TreebankAbbreviations
{
    private static readonly HashSet<string> EitherCase = new(StringComparer.OrdinalIgnoreCase);

    // Also common words: an abbreviation only with a capital letter.
    private static readonly HashSet<string> Capitalised = new(["Ark", "Ill", "Mass", "Miss", "Ore", "Wash"], StringComparer.Ordinal);

    static TreebankAbbreviations() => EitherCase.UnionWith("""
        jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri
        ala ariz calif colo conn dak del fla ga ind kan kans ky la md mich minn mo mont neb nev okla pa penn tenn tex va vt wis wisc wyo
        inc co cos corp pty ptys ppty pptys ltd plc bancorp dept bhd assn univ intl sys no nos prop ph tel est ext sq ft jr sr bros ed.d ph.d blvd rd esq etc al seq
        mr mrs ms dr drs prof profs sen sens rep reps atty attys lt col gen messrs gov govs adm rev maj sgt cpl pvt mt capt st ste ave pres lieut hon brig cmdr comdr pfc spc supt supts det
        vs alex wm jos cie cf treas invt elec natl mfg mtg
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether a word with a full stop at its end is an abbreviation; a single letter is one.</summary>
    public static bool Has(string word) => word.Length == 2 || EitherCase.Contains(word[..^1]) || Capitalised.Contains(string.Concat(word[..1], word[1..^1].ToLowerInvariant()));
}
