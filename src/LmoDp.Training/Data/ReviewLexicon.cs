namespace LmoDp.Training.Data;

/// <summary>The words that <see cref="PrivateReviews"/> are made of. All of them were written for this program; they are no one's reviews.</summary>
internal static class ReviewLexicon
{
    /// <summary>Words that fit anything.</summary>
    public static readonly string[] Praise =
    [
        "excellent", "wonderful", "great", "lovely", "superb", "delightful", "really good", "fantastic", "outstanding", "a pleasure", "first-rate", "perfect",
        "impressive", "better than expected", "pretty good", "very nice", "brilliant", "solid", "well worth it", "spot on", "a joy", "remarkable", "decent", "more than fine",
    ];

    /// <summary>Words that fit anything.</summary>
    public static readonly string[] Blame =
    [
        "terrible", "awful", "poor", "disappointing", "dreadful", "a mess", "really bad", "mediocre", "a letdown", "worse than expected", "second-rate", "a waste of time",
        "unacceptable", "pretty bad", "a nuisance", "sloppy", "below average", "frustrating", "a disaster", "shoddy", "unimpressive", "a pain", "lousy", "barely tolerable",
    ];

    public static readonly string[] StrongVerbsGood = ["loved", "adored", "enjoyed", "admired", "appreciated", "was thrilled by", "was charmed by", "cannot fault"];

    public static readonly string[] StrongVerbsBad = ["hated", "regretted", "could not stand", "was annoyed by", "was let down by", "despised", "was bored by", "cannot recommend"];

    public static readonly string[] Openers =
    [
        "", "", "", "", "to be honest, ", "honestly, ", "in short: ", "update: ", "second visit: ", "my husband says ", "for the price, ", "as a regular, ", "after two weeks, ",
        "i must say ", "first impression: ", "on balance, ", "my sister and i agree that ", "well, ", "ok so ", "after reading other comments, ",
    ];

    public static readonly string[] Intensifiers = ["", "", "", "", "truly ", "quite ", "simply ", "absolutely ", "just ", "rather ", "frankly ", "consistently "];

    public static readonly string[] ClosersGood =
    [
        "will come back", "highly recommended", "five stars", "no regrets", "made my day", "worth every penny", "would do it again", "told all my friends", "thank you !", "keep it up",
    ];

    public static readonly string[] ClosersBad =
    [
        "never again", "stay away", "one star", "want my money back", "ruined my day", "not worth a penny", "complaint sent", "warned all my friends", "no thanks", "what a shame",
    ];

    /// <summary>Sentences that say nothing about the verdict.</summary>
    public static readonly string[] Fillers =
    [
        "it was a tuesday", "we were four people", "my cousin had told me about it", "it rained all day", "i paid by card", "this is my first review", "there was some traffic",
        "i had seen the advert", "it was my birthday", "the place is near the station", "i read the other comments before", "we had a voucher", "i am fifty-two years old",
        "this was last month", "my daughter came along", "i do not write this often", "we had booked online", "nothing else was open", "i work nearby", "it took about an hour",
    ];

    public static readonly ReviewDomain[] Domains =
    [
        new("restaurant", ["this restaurant", "the bistro on the corner", "their lunch menu", "the new pizzeria", "our anniversary dinner", "the tasting menu"],
            ["the soup", "the pasta", "the waiter", "the dessert", "the wine list", "the service", "the bread", "the fish", "the terrace", "the bill"],
            ["fresh", "tasty", "generous", "well seasoned", "crisp", "attentive", "tender", "fairly priced", "cosy", "full of flavour"],
            ["cold", "bland", "overcooked", "greasy", "salty", "slow", "stale", "overpriced", "cramped", "burnt"]),
        new("hotel", ["this hotel", "our room", "the guest house", "a weekend at the lodge", "the airport hotel", "the family suite"],
            ["the bed", "the reception", "the breakfast", "the bathroom", "the view", "the lift", "the pool", "the wifi", "the staff", "the carpet"],
            ["spotless", "comfortable", "quiet", "welcoming", "spacious", "bright", "helpful", "modern", "sunny", "well kept"],
            ["dirty", "noisy", "damp", "rude", "tiny", "broken", "musty", "dated", "freezing", "smelly"]),
        new("phone", ["this phone", "the new handset", "my replacement device", "the cheaper model", "this tablet", "the smart watch"],
            ["the battery", "the screen", "the camera", "the speaker", "the keyboard", "the update", "the charger", "the fingerprint reader", "the case", "the signal"],
            ["fast", "sharp", "reliable", "sturdy", "responsive", "long-lasting", "elegant", "intuitive", "bright", "loud and clear"],
            ["sluggish", "blurry", "fragile", "faulty", "unresponsive", "scratched", "flimsy", "confusing", "dim", "tinny"]),
        new("clinic", ["this clinic", "my appointment", "the dental practice", "the new ward", "the physiotherapist", "my check-up"],
            ["the nurse", "the doctor", "the waiting room", "the explanation", "the treatment", "the receptionist", "the aftercare", "the blood test", "the phone line", "the diagnosis"],
            ["kind", "patient", "thorough", "gentle", "reassuring", "punctual", "clear", "clean", "caring", "professional"],
            ["careless", "rushed", "impatient", "painful", "dismissive", "late", "unclear", "crowded", "cold", "unhelpful"]),
        new("film", ["this film", "the sequel", "the documentary", "the late show", "that series", "the director's new work"],
            ["the plot", "the acting", "the soundtrack", "the ending", "the dialogue", "the lead actress", "the pacing", "the camera work", "the humour", "the first half"],
            ["gripping", "moving", "witty", "original", "touching", "clever", "haunting", "convincing", "funny", "beautifully shot"],
            ["dull", "predictable", "clumsy", "tedious", "flat", "unconvincing", "pretentious", "shallow", "silly", "badly edited"]),
        new("bank", ["this bank", "my new account", "the online banking", "the loan application", "the branch in town", "their app"],
            ["the adviser", "the hotline", "the transfer", "the app", "the website", "the fee table", "the card", "the queue", "the paperwork", "the interest rate"],
            ["friendly", "transparent", "simple", "quick", "secure", "fair", "competent", "flexible", "painless", "honest"],
            ["hidden", "complicated", "endless", "rigid", "outrageous", "incompetent", "useless", "unreachable", "misleading", "arrogant"]),
        new("course", ["this course", "the evening class", "the driving school", "the webinar", "the language course", "the workshop"],
            ["the teacher", "the exercises", "the handouts", "the group", "the pace", "the examples", "the room", "the exam", "the feedback", "the videos"],
            ["inspiring", "well structured", "motivating", "practical", "engaging", "clear", "useful", "friendly", "up to date", "demanding in a good way"],
            ["boring", "chaotic", "outdated", "theoretical", "monotonous", "confusing", "useless", "unprepared", "far too fast", "full of mistakes"]),
        new("delivery", ["this shop", "my order", "the parcel service", "the online grocer", "the furniture delivery", "the flower shop"],
            ["the packaging", "the driver", "the tracking", "the price", "the return", "the website", "the choice", "the customer service", "the quality", "the refund"],
            ["prompt", "careful", "accurate", "cheap", "hassle-free", "tidy", "well organised", "polite", "intact", "generous"],
            ["late", "damaged", "wrong", "expensive", "incomplete", "ignored", "missing", "rude", "torn", "never sent"]),
    ];
}

/// <summary>What people review, and how they speak of it.</summary>
internal sealed record ReviewDomain(string Name, string[] Subjects, string[] Aspects, string[] Good, string[] Bad);
