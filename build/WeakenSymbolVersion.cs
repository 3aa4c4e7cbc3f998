// Build task, compiled by MSBuild: see WeakenLibstdcxxVersion.targets.
using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Marks one required symbol version of a 64-bit ELF library weak, where the host's libstdc++ does not define it.</summary>
public class WeakenSymbolVersion : Task
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2; // VER_FLG_WEAK

    /// <summary>Path of the library; replaced as a whole if it needs the change.</summary>
    [Required] public string Library { get; set; }

    /// <summary>The version's name, such as GLIBCXX_3.4.32.</summary>
    [Required] public string SymbolVersion { get; set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (HostDefines(SymbolVersion))
            return true;
        var elf = File.ReadAllBytes(Library);
        var flags = FindFlags(elf);
        if (flags < 0 || (BitConverter.ToUInt16(elf, flags) & Weak) != 0)
            return true;
        elf[flags] |= (byte)Weak;
        var temporary = Library + ".weakened";
        File.WriteAllBytes(temporary, elf);
        File.Delete(Library);
        File.Move(temporary, Library);
        Log.LogMessage(MessageImportance.Low, "{0}: {1} is now a weak requirement", Library, SymbolVersion);
        return true;
    }

    private static bool HostDefines(string version)
    {
        var folders = new[] { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" };
        var host = folders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return host != null && Encoding.ASCII.GetString(File.ReadAllBytes(host)).Contains(version + "\0");
    }

    /// <summary>Offset of vna_flags of the wanted version in .gnu.version_r, or -1.</summary>
    private int FindFlags(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[4] != 2)
            return -1;
        var sections = (int)BitConverter.ToUInt64(elf, 0x28);
        int entrySize = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c);
        for (var i = 0; i < count; i++)
        {
            var header = sections + i * entrySize;
            if (BitConverter.ToUInt32(elf, header + 4) != VersionNeedSection)
                continue;
            var stringsHeader = sections + (int)BitConverter.ToUInt32(elf, header + 40) * entrySize;
            var strings = (int)BitConverter.ToUInt64(elf, stringsHeader + 24);
            var need = (int)BitConverter.ToUInt64(elf, header + 24);
            for (var files = BitConverter.ToUInt32(elf, header + 44); files > 0; files--)
            {
                var version = need + (int)BitConverter.ToUInt32(elf, need + 8);
                for (int left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
                {
                    if (Name(elf, strings + (int)BitConverter.ToUInt32(elf, version + 8)) == SymbolVersion)
                        return version + 4;
                    version += (int)BitConverter.ToUInt32(elf, version + 12);
                }
                need += (int)BitConverter.ToUInt32(elf, need + 12);
            }
        }
        return -1;
    }

    private static string Name(byte[] elf, int at)
    {
        return Encoding.ASCII.GetString(elf, at, Array.IndexOf(elf, (byte)0, at) - at);
    }
}
