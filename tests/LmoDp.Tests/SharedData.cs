using Xunit;

namespace LmoDp.Tests;

/// <summary>The folder of reference data that lies beside the repository: <c>shared/goldens</c> and <c>shared/data</c>, or the folder that LMODP_SHARED names.</summary>
internal static class SharedData
{
    /// <summary>Its path, or null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>A path in it; skips the test where it is not there.</summary>
    public static string Require(params string[] parts)
    {
        var path = Path.Combine([Root ?? "", .. parts]);
        if (Root is null || !Path.Exists(path))
            Assert.Skip($"reference data shared/{string.Join('/', parts)} is not there (set LMODP_SHARED to the folder)");
        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LMODP_SHARED") is { Length: > 0 } named)
            return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(shared, "goldens")))
                return shared;
        }
        return null;
    }
}
