using System.Text.RegularExpressions;

namespace LmoDp.Training.Metrics;

/// <summary>
/// British spellings that Stanford's tokenizer turns into American ones, as they are written (it does not know capitalised words, so that "Centre" stays). Its list is what makes two texts equal or
/// not, so the words that it lacks ("centres") are left alone here too.
/// </summary>
internal static partial class AmericanSpelling
{
    private static readonly Dictionary<string, string> Words = Pairs().ToDictionary(pair => pair.British, pair => pair.American, StringComparer.Ordinal);

    /// <summary>The American spelling of a word, or the word.</summary>
    public static string Of(string word)
    {
        if (Words.TryGetValue(word, out var american))
            return american;
        if (Haemo().IsMatch(word))
            return Haemo().Replace(word, "hem$1o");
        if (word.EndsWith("aemia", StringComparison.Ordinal))
            return $"{word[..^5]}emia";
        if (Leukaem().IsMatch(word))
            return Leukaem().Replace(word, "$1em");
        if (Programme().IsMatch(word))
            return Programme().Replace(word, "program$1");
        return Our().IsMatch(word) && !NeverOr().IsMatch(word) ? Our().Replace(word, "$1or$2") : word;
    }

    private static IEnumerable<(string British, string American)> Pairs()
    {
        foreach (var word in List("""
            capitalise capitalised capitalisation finalise finalised finalising localise localised maximise maximised maximising minimise minimised minimising modernise modernised modernising
            organisation organisations penalise penalised popularise popularised popularises popularising pressurise pressurised pressurises pressurising
            realise realised realises realising recognise recognised recognises recognising
            """))
            yield return (word, IsEnding().Replace(word, "iz"));
        foreach (var word in List("""
            armoured coloured colouring colourful discoloured discolouring endeavoured endeavouring favoured favouring favourite favourites flavoured flavouring honoured honouring honourable
            humoured humouring Labour laboured labouring neighbourhood neighbourhoods rumoured rumouring savoured savouring
            """))
            yield return (word, word.Replace("our", "or", StringComparison.Ordinal));
        foreach (var word in List("cancelled cancelling labelled labelling travelled travelling"))
            yield return (word, word.Replace("ll", "l", StringComparison.Ordinal));
        foreach (var word in List("centre fibre fibres meagre theatre theatres titre titres"))
            yield return (word, word.Replace("re", "er", StringComparison.Ordinal));
        foreach (var pair in List("""
            anaesthetic/anesthetic analogue/analog analogues/analogs analyse/analyze analysed/analyzed analysing/analyzing chimaeric/chimeric defence/defense Defence/Defense
            encyclopaedia/encyclopedia grey/gray homologue/homolog homologues/homologs kerb/curb leant/leaned learnt/learned manoeuvre/maneuver manoeuvres/maneuvers oestrogen/estrogen
            oestrogens/estrogens practise/practice practised/practiced
            """))
            yield return (pair[..pair.IndexOf('/')], pair[(pair.IndexOf('/') + 1)..]);
    }

    private static string[] List(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("is(?=(e|ed|es|ing|ations?)$)")]
    private static partial Regex IsEnding();

    [GeneratedRegex("haem(at)?o")]
    private static partial Regex Haemo();

    [GeneratedRegex("([lL]euk)aem")]
    private static partial Regex Leukaem();

    [GeneratedRegex("programme(s?)$")]
    private static partial Regex Programme();

    [GeneratedRegex("^([a-z]{3,})our(s?)$")]
    private static partial Regex Our();

    [GeneratedRegex("abatjour|beflour|bonjour|calambour|carrefour|contour|cornflour|de[tv]our|dortour|downpour|dyvour|giaour|glamour|holour|inpour|outpour|pandour|paramour|pompadour|recontour|repour|"
        + "ryeflour|sompnour|tambour|tregetour|troubadour|velour")]
    private static partial Regex NeverOr();
}
