using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Study;

/// <summary>One run of a study: its settings, and what it stands for.</summary>
/// <param name="Noise">The noise as it was asked for; null for a run without privacy.</param>
/// <param name="Epsilon">The epsilon asked for, or claimed for published noise; null without privacy.</param>
/// <param name="Settings">The run; its output folder is chosen later.</param>
internal sealed record AccuracyCell(string? Noise, double? Epsilon, FinetuneSettings Settings)
{
    /// <summary>A file name that tells cells apart: what differs often in words, all settings in a digest. Model and data are the same in all of a study (<see cref="StudySubject"/>).</summary>
    public string Name => string.Join('-', new[]
    {
        Settings.Trainable.ToString().ToLowerInvariant(), Noise is null ? "open" : new string([.. Noise.TakeWhile(char.IsAsciiLetter).Take(20)]), Number(Epsilon), Number(Settings.Target?.Delta),
        FormattableString.Invariant($"s{Settings.Seed}"), Digest()[..10],
    }.Where(part => part.Length > 0));

    /// <summary>The line that announces it.</summary>
    public string Title => Noise is null
        ? FormattableString.Invariant($"without privacy, {Settings.Trainable.ToString().ToLowerInvariant()}, seed {Settings.Seed}")
        : FormattableString.Invariant($"{Noise}, epsilon {Epsilon:R}, delta {Settings.Target!.Delta:R}, {Settings.Trainable.ToString().ToLowerInvariant()}, seed {Settings.Seed}");

    private string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
    {
        Files = Settings.Files.Settings.ToDictionary(setting => setting.Name, setting => setting.Value),
        Noise,
        Epsilon,
        Settings = Settings with { Files = null!, Model = null, Output = "", Resume = false },
    }))));

    private static string Number(double? value) => value is { } number ? FormattableString.Invariant($"{number:R}") : "";
}
