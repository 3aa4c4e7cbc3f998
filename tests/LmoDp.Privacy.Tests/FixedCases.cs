using CsCheck;

namespace LmoDp.Privacy.Tests;

/// <summary>
/// Property tests on the same random cases in every run. (CsCheck's own seed fixes the first case only; so all cases are generated as one array, the first.)
/// </summary>
internal static class FixedCases
{
    private const string Seed = "0N0XIzNsQ0O2";

    public static void ForAll<T>(this Gen<T> gen, Action<T> check, int cases)
    {
        T[] all = [];
        gen.Array[cases].Sample(generated => { all = generated; }, seed: Seed, iter: 1, threads: 1);
        foreach (var one in all)
        {
            try
            {
                check(one);
            }
            catch (Exception fault)
            {
                throw new Xunit.Sdk.XunitException(FormattableString.Invariant($" case {one}: {fault.Message}"), fault);
            }
        }
    }

    public static void ForAll<T1, T2>(this Gen<(T1, T2)> gen, Action<T1, T2> check, int cases) => gen.ForAll(one => check(one.Item1, one.Item2), cases);

    public static void ForAll<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> check, int cases) => gen.ForAll(one => check(one.Item1, one.Item2, one.Item3), cases);

    public static void ForAll<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Action<T1, T2, T3, T4> check, int cases) =>
        gen.ForAll(one => check(one.Item1, one.Item2, one.Item3, one.Item4), cases);

    public static void ForAll<T1, T2, T3, T4, T5>(this Gen<(T1, T2, T3, T4, T5)> gen, Action<T1, T2, T3, T4, T5> check, int cases) =>
        gen.ForAll(one => check(one.Item1, one.Item2, one.Item3, one.Item4, one.Item5), cases);
}
