using LmoDp.Models.Tokenizers;

namespace LmoDp.Tests.Models;

/// <summary>The smallest tokenizers that can encode everything.</summary>
internal static class TinyTokenizers
{
    public static void WriteRoberta(string folder)
    {
        var trainer = new BytePairTrainer();
        trainer.Add("ab abc cab ba abba bab abc ab");
        trainer.Train(280, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]).Save(folder);
    }

    public static void WriteBert(string folder) =>
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\n##c\nabc\n!\n好\n");
}
