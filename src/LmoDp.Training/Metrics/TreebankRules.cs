namespace LmoDp.Training.Metrics;

/// <summary>
/// The kinds of tokens of English text in the Penn Treebank's manner, as Stanford's PTBTokenizer of 2012 to 2014 tells them apart. Left out are SGML tags and entities other than the common ones, telephone
/// numbers and the rarer mathematical symbols.
/// </summary>
internal static class TreebankRules
{
    private const string Letter = @"\p{L}";
    private const string Sign = @"[\p{L}\p{Nd}]";
    private const string Word = @"[\p{L}\p{Mn}\p{Mc}]+";
    private const string Apostrophe = "(?:['\u2019]|&apos;)";
    private const string AnyApostrophe = "(?:['\u2018\u2019\u201B]|&apos;)";
    private const string Clitic = $"{Apostrophe}(?:[msd]|re|ve|ll)";
    private const string Negation = $"n{AnyApostrophe}t";
    private const string Number = @"[-+]?(?:\p{Nd}*(?:[.:,]\p{Nd}+)+|\p{Nd}+)";
    private const string Acronym = @"[A-Za-z](?:\.[A-Za-z])+";
    private const string Blank = "[ \\t\u00A0\u2000-\u200A\u3000]";
    private const string Prefixed = $"(?:[dol]{AnyApostrophe}{Sign})?{Sign}+";
    private const string UrlEnd = "[^\\s\"<>|.!?(){},-]";

    /// <summary>All rules, in order.</summary>
    public static readonly IReadOnlyList<TreebankRule> All =
    [
        // "cannot" is "can" and "not"; group 1 ends within what is matched.
        TreebankRule.Of("(can)not"),
        TreebankRule.Of("([\u2013\u2014\u2015]|&(?:md|mdash|ndash);)", _ => "--"),
        TreebankRule.Of("(&amp;)", _ => "&"),
        TreebankRule.Of($"({Word}){Clitic}", AmericanSpelling.Of),
        TreebankRule.Of($"([A-Z]*[A-MO-Z]){Negation}"),
        TreebankRule.Of($"({Word})", AmericanSpelling.Of),
        TreebankRule.Of($"({Apostrophe}n{Apostrophe}?|[ldj]{Apostrophe}|(?:dunkin|somethin|ol){Apostrophe}|{Apostrophe}(?:em|cause|till?|[2-9]0s)|cont'd\\.?|'twas|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l)"),
        TreebankRule.Of($"((?-i:[A-HJ-XZn]){AnyApostrophe}{Letter}{{2,}}|{Letter}+[aeiouy]{AnyApostrophe}(?-i:[aeiouA-Z]){Letter}*)"),
        TreebankRule.Of($"(y{Apostrophe}){Letter}"),
        TreebankRule.Of($"(https?://[^\\s\"<>|()]+{UrlEnd})", Escaped),
        TreebankRule.Of($"((?:www\\.(?:[^\\s\"<>|.!?(){{}},]+\\.)+[a-z]{{2,4}}|(?:[^\\s\"`'<>|.!?(){{}},\\-_$]+\\.)+(?:com|net|org|edu))(?:/[^\\s\"<>|()]+{UrlEnd})?)", Escaped),
        TreebankRule.Of("([a-z0-9][^\\s\"<>|()]*@(?:[^\\s\"<>|().]+\\.)+[a-z]{2,4})"),
        TreebankRule.Of($"({Clitic})(?:[^A-Za-z]|$)", Straight),
        TreebankRule.Of($"({Negation})", Straight),
        TreebankRule.Of(@"(\p{Nd}{1,2}[-/]\p{Nd}{1,2}[-/]\p{Nd}{2,4})", Escaped),
        TreebankRule.Of($"({Number})"),
        TreebankRule.Of(@"((?:\p{Nd}{1,4}[- \u00A0])?\p{Nd}{1,4}(?:/|\u2044)\p{Nd}{1,4})", token => Escaped(token).Replace(' ', '\u00A0')),
        TreebankRule.Of("([\u00BC\u00BD\u00BE])", token => token switch { "\u00BC" => @"1\/4", "\u00BD" => @"1\/2", _ => @"3\/4" }),
        TreebankRule.Of($"(C\\.D\\.s|pro-|anti-|S(?:&amp;|&)P-500|S(?:&amp;|&)Ls|cap{Apostrophe}n|c{Apostrophe}est)"),
        TreebankRule.Of(@"([A-Z0-9]+(?:-[A-Z]+){0,2}(?:/[A-Z0-9]+(?:-[A-Z]+){0,2}){1,2})", Escaped),
        TreebankRule.Of(@"([A-Z]*\$|\#)"),
        TreebankRule.Of("([\u00A2-\u00A5\u20A0\u20A4\u20AC])", token => token switch { "\u00A2" => "cents", "\u00A3" => "#", "\u00A4" or "\u20A0" or "\u20AC" => "$", _ => token }),
        TreebankRule.Of(@"([A-Za-z]+(?:\.[A-Za-z]+)?\.)", accepts: TreebankAbbreviations.Has),
        TreebankRule.Of($@"({Acronym}\.)"),
        TreebankRule.Of($"({Acronym}){Blank}"),
        TreebankRule.Of($"({Apostrophe}[0-9][0-9])(?:{Blank}|$)"),
        TreebankRule.Of($@"({Word}\.)[,;:]"),
        // Quotation marks: how each is written is of no interest here, since all are punctuation.
        TreebankRule.Of("(\"|&quot;)", _ => "''"),
        TreebankRule.Of(@"([<\[(]|&lt;)", _ => "-LRB-"),
        TreebankRule.Of(@"([>\])]|&gt;)", _ => "-RRB-"),
        TreebankRule.Of(@"(\{)", _ => "-LCB-"),
        TreebankRule.Of(@"(\})", _ => "-RCB-"),
        TreebankRule.Of("(-+)", token => token.Length is 3 or 4 ? "--" : token),
        TreebankRule.Of(@"(\.{3,5}|(?:\.[ \u00A0]){2,4}\.|\u2026)", _ => "..."),
        TreebankRule.Of(@"(@+|\#+|_+)"),
        TreebankRule.Of(@"(\*+)", token => token.Replace("*", @"\*", StringComparison.Ordinal)),
        TreebankRule.Of("(/)", Escaped),
        TreebankRule.Of(@"([?!]+)"),
        TreebankRule.Of($@"([A-Z0-9][A-Z0-9.,]*(?:-(?:{Acronym}\.|[A-Z0-9]+))+)"),
        TreebankRule.Of($"({Prefixed}(?:[-_\u2010\u2011]{Prefixed})*)"),
        TreebankRule.Of(@"([A-Z]+(?:(?:\+|&amp;|&)[A-Z]+)+)", token => token.Replace("&amp;", "&", StringComparison.OrdinalIgnoreCase)),
        TreebankRule.Of($"({Apostrophe})[A-Za-z][^\\s]", _ => "`"),
        TreebankRule.Of($"({Clitic})", Straight),
        TreebankRule.Of($"({Apostrophe}|''|[`\u2018-\u201F\u2039\u203A\u00AB\u00BB]{{1,2}})", _ => "'"),
        TreebankRule.Of(@"([.,;:=+%&~^|\\\u00A1\u00BF\p{So}\p{Sm}\p{Sk}\p{No}\p{Po}])"),
    ];

    private static string Escaped(string token) => token.Replace("/", @"\/", StringComparison.Ordinal);

    private static string Straight(string token)
        => token.Replace("&apos;", "'", StringComparison.OrdinalIgnoreCase).Replace('\u2018', '\'').Replace('\u2019', '\'').Replace('\u201B', '\'');
}
