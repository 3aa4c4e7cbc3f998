using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.Data;

/// <summary>Makes up one review after another for <see cref="PrivateReviews"/>.</summary>
internal sealed class ReviewWriter(RandomSource random)
{
    private const double LabelNoise = 0.03;
    private const double SpellingNoise = 0.25;

    /// <summary>A review and its verdict: 1 positive, 0 negative.</summary>
    public TextExample Next()
    {
        var domain = Pick(ReviewLexicon.Domains);
        var good = Chance(0.5);
        var parts = new List<string> { Main(domain, good) };
        if (Chance(0.55))
            parts.Add(Second(domain, good));
        if (Chance(0.3))
            parts.Insert(Below(parts.Count + 1), Pick(ReviewLexicon.Fillers));
        if (Chance(0.3))
            parts.Add(Pick(good == Chance(0.93) ? ReviewLexicon.ClosersGood : ReviewLexicon.ClosersBad));
        var text = string.Join(Pick([" . ", " . ", " , ", " ; ", " ... "]), parts) + Pick([" .", "", "", " !"]);
        return new TextExample(Chance(SpellingNoise) ? Misspell(text) : text, null, good != Chance(LabelNoise) ? 1 : 0, null);
    }

    /// <summary>The clause that carries the verdict.</summary>
    private string Main(ReviewDomain domain, bool good)
    {
        var (subject, aspect) = (Pick(domain.Subjects), Pick(domain.Aspects));
        var opener = Pick(ReviewLexicon.Openers);
        var intensifier = Pick(ReviewLexicon.Intensifiers);
        return opener + Below(13) switch
        {
            0 or 1 or 2 => $"{aspect} was {intensifier}{Word(domain, good)}",
            3 or 4 => $"{subject} was {intensifier}{General(good)}",
            5 or 6 => $"i {Pick(good ? ReviewLexicon.StrongVerbsGood : ReviewLexicon.StrongVerbsBad)} {Pick([subject, aspect])}",
            7 or 8 => $"{aspect} of {subject} : {intensifier}{Pick([Word(domain, good), General(good)])}",
            9 => Negated(domain, subject, aspect, good),
            10 => $"{aspect} was {Word(domain, !good)} {Pick(["but", "yet", "still ,", "although not for long ;"])} {subject} was {General(good)} {Pick(["overall", "in the end", "all in all", "on the whole"])}",
            11 => $"{Pick(["despite", "apart from", "even with"])} {aspect} , which was {Word(domain, !good)} , {subject} was {intensifier}{General(good)}",
            _ => $"{Pick(["i expected something", "everyone told me it would be", "last year it was", "people call it"])} {General(!good)} , {Pick(["but", "and yet"])} {aspect} was {Word(domain, good)}",
        };
    }

    /// <summary>Verdicts that hang on a small word.</summary>
    private string Negated(ReviewDomain domain, string subject, string aspect, bool good) => good
        ? Pick([
            $"{aspect} was not {Word(domain, false)} at all",
            $"not bad at all , {subject}",
            $"nothing about {subject} was {General(false)}",
            $"i could not find anything {Word(domain, false)} about {aspect}",
            $"hardly ever is {aspect} so {Word(domain, true)}",
            $"{subject} is anything but {General(false)}",
            $"you cannot go wrong with {subject}",
        ])
        : Pick([
            $"{aspect} was not {Word(domain, true)} at all",
            $"{subject} was hardly {General(true)}",
            $"nothing about {subject} was {General(true)}",
            $"i would not call {aspect} {Word(domain, true)}",
            $"never was {aspect} {Word(domain, true)}",
            $"{subject} is anything but {General(true)}",
            $"{subject} is hardly worth the trip",
        ]);

    /// <summary>A further clause, which mostly agrees.</summary>
    private string Second(ReviewDomain domain, bool good)
    {
        var agrees = good == Chance(0.84);
        var aspect = Pick(domain.Aspects);
        return Below(5) switch
        {
            0 or 1 => $"{aspect} was {Pick(ReviewLexicon.Intensifiers)}{Word(domain, agrees)}",
            2 => $"{aspect} : {Word(domain, agrees)}",
            3 => $"{Pick(["also", "besides", "and"])} {aspect} was not {Word(domain, !agrees)}",
            _ => $"{Pick(["we found", "i thought", "my mother called"])} {aspect} {Word(domain, agrees)}",
        };
    }

    private string Word(ReviewDomain domain, bool good) => Pick(good ? domain.Good : domain.Bad);

    private string General(bool good) => Pick(good ? ReviewLexicon.Praise : ReviewLexicon.Blame);

    /// <summary>Swaps, drops or doubles a letter in one or two places.</summary>
    private string Misspell(string text)
    {
        for (var mistakes = 1 + Below(2); mistakes > 0; mistakes--)
        {
            var place = Below(text.Length - 1);
            if (char.IsAsciiLetter(text[place]) && char.IsAsciiLetter(text[place + 1]))
                text = text[..place] + Below(3) switch { 0 => $"{text[place + 1]}{text[place]}", 1 => $"{text[place]}", _ => $"{text[place]}{text[place]}{text[place + 1]}" } + text[(place + 2)..];
        }
        return text;
    }

    private string Pick(string[] choices) => choices[Below(choices.Length)];

    private ReviewDomain Pick(ReviewDomain[] choices) => choices[Below(choices.Length)];

    private int Below(int count) => (int)(random.NextUInt64() % (ulong)count);

    private bool Chance(double probability) => (random.NextUInt64() >> 11) * double.ScaleB(1, -53) < probability;
}
