namespace LmoDp.Training.Metrics;

/// <summary>A word of an output paired with a word of a reference.</summary>
/// <param name="Output">Place in the output.</param>
/// <param name="Reference">Place in the reference.</param>
/// <param name="Exact">The same word; else only the same stem.</param>
internal readonly record struct WordMatch(int Output, int Reference, bool Exact);

/// <summary>
/// METEOR 1.5's alignment of an output with a reference, its exact and stem stages: each word in at most one match; as many exact matches as can be, then as few chunks (runs of matches that are
/// neighbours in both texts), then short distances. A beam search over the reference's words from left to right, which may miss the best one.
/// </summary>
internal sealed class WordAlignment
{
    private const int Beam = 40;

    private WordAlignment(IReadOnlyList<WordMatch> matches)
    {
        Matches = matches;
        Chunks = matches.Where((match, i) => i == 0 || match.Reference != matches[i - 1].Reference + 1 || match.Output != matches[i - 1].Output + 1).Count();
    }

    /// <summary>The matches, from left to right in the reference.</summary>
    public IReadOnlyList<WordMatch> Matches { get; }

    /// <summary>Number of chunks.</summary>
    public int Chunks { get; }

    /// <summary>Aligns two texts.</summary>
    /// <param name="output">Words in lower case.</param>
    /// <param name="reference">Words in lower case.</param>
    /// <param name="stem">The stem of a word.</param>
    public static WordAlignment Of(IReadOnlyList<string> output, IReadOnlyList<string> reference, Func<string, string> stem)
    {
        // Of equal texts only exact matches are asked for, so that the beam cannot lose them.
        var candidates = Candidates(output, reference, output.SequenceEqual(reference, StringComparer.Ordinal) ? null : stem);
        var fixedMatches = candidates.SelectMany(at => at).GroupBy(match => match.Output).Where(group => group.Count() == 1).Select(group => group.Single())
            .Where(match => candidates[match.Reference].Length == 1).ToDictionary(match => match.Reference);
        var taken = new bool[output.Count];
        foreach (var match in fixedMatches.Values)
            taken[match.Output] = true;
        List<Path> paths = [new Path(taken)];
        for (var place = 0; place < reference.Count; place++)
        {
            var next = new List<Path>();
            foreach (var path in paths.Order().Take(Beam))
            {
                if (fixedMatches.TryGetValue(place, out var only))
                    path.Take(only);
                else
                    next.AddRange(path.Branches(candidates[place]));
                next.Add(path);
            }
            paths = next;
        }
        var complete = paths.Order().Take(Beam).ToArray();
        foreach (var path in complete)
            path.Close();
        return new WordAlignment(complete.Order().First().Matches);
    }

    private static WordMatch[][] Candidates(IReadOnlyList<string> output, IReadOnlyList<string> reference, Func<string, string>? stem)
    {
        var stems = stem is null ? null : output.Select(stem).ToArray();
        return [.. reference.Select((word, place) =>
        {
            var places = Enumerable.Range(0, output.Count).ToArray();
            var exact = places.Where(i => output[i] == word).Select(i => new WordMatch(i, place, true));
            if (stem is null)
                return exact.ToArray();
            var referenceStem = stem(word);
            return [.. exact, .. places.Where(i => output[i] != word && stems![i] == referenceStem).Select(i => new WordMatch(i, place, false))];
        })];
    }

    /// <summary>A part of an alignment, up to some place in the reference. The order of paths is best first.</summary>
    private sealed class Path(bool[] taken) : IComparable<Path>
    {
        private int exact;
        private int chunks;
        private int distance;
        // Where the output's word after the last match lies; none after a gap.
        private int? following;

        public List<WordMatch> Matches { get; private init; } = [];

        /// <summary>This path with each match that may still be taken; after that this path itself is the one with a gap here.</summary>
        public IReadOnlyList<Path> Branches(IReadOnlyList<WordMatch> candidates)
        {
            var branches = new List<Path>();
            foreach (var match in candidates.Where(match => !taken[match.Output]))
            {
                var branch = new Path([.. taken]) { exact = exact, chunks = chunks, distance = distance, following = following, Matches = [.. Matches] };
                branch.Pair(match);
                branches.Add(branch);
                // As in METEOR: the distance of a match burdens the paths that do without it and those tried after it.
                distance += Math.Abs(match.Output - match.Reference);
            }
            Close();
            return branches;
        }

        /// <summary>Takes the one match that this place of the reference can have.</summary>
        public void Take(WordMatch match)
        {
            Pair(match);
            distance += Math.Abs(match.Output - match.Reference);
        }

        /// <summary>Ends the current chunk.</summary>
        public void Close()
        {
            if (following is not null)
                chunks++;
            following = null;
        }

        public int CompareTo(Path? other) => (-exact, chunks, distance).CompareTo((-other!.exact, other.chunks, other.distance));

        private void Pair(WordMatch match)
        {
            taken[match.Output] = true;
            // A match by stem counts nothing here: METEOR adds its one half to a whole number.
            exact += match.Exact ? 1 : 0;
            if (following is { } expected && match.Output != expected)
                chunks++;
            following = match.Output + 1;
            Matches.Add(match);
        }
    }
}
