using LmoDp.Training.Loop;
using Xunit;

namespace LmoDp.Tests.Training.Loop;

public class UncollectedRegionTests
{
    [Fact]
    public void NothingIsCollectedWithin()
    {
        using (new UncollectedRegion())
        {
            var before = GC.CollectionCount(0);
            using (new UncollectedRegion())
            {
                Allocate(megabytes: 4);
            }
            Allocate(megabytes: 4);
            Assert.Equal(before, GC.CollectionCount(0));
        }
    }

    /// <summary>The runtime leaves its region by itself, or is left in one by somebody else: the next one can be entered nevertheless.</summary>
    [Fact]
    public void ARegionFollowsOneThatEndedOtherwise()
    {
        for (var round = 0; round < 3; round++)
        {
            using (new UncollectedRegion())
                Allocate(megabytes: 400);
        }
        GC.TryStartNoGCRegion(1 << 20);
        NothingIsCollectedWithin();
    }

    private static void Allocate(int megabytes)
    {
        for (var i = 0; i < megabytes * 16; i++)
            GC.KeepAlive(new byte[1 << 16]);
    }
}
