using LmoDp.Models.Tokenizers;

namespace LmoDp.Tests.Models;

/// <summary>The smallest tokenizers that can encode everything.</summary>
internal static class TinyTokenizers
{
    public static void WriteRoberta(string folder) => WriteBytePairs(folder, "<s>", "<pad>", "</s>", "<unk>", "<mask>");

    public static void WriteGpt2(string folder) => WriteBytePairs(folder, "<|endoftext|>");

    private static void WriteBytePairs(string folder, params string[] specials)
    {
        var trainer = new BytePairTrainer();
        trainer.Add("ab abc cab ba abba bab abc ab");
        trainer.Train(280, specials).Save(folder);
    }

    public static void WriteBert(string folder) =>
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\n##c\nabc\n!\n好\n");
}
