using LmoDp.Models;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;

namespace LmoDp.Tests.Cli;

/// <summary>A BERT classifier of a few hundred random parameters, as a folder.</summary>
internal static class TinyClassifier
{
    private static readonly string[] Words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "good", "bad", "film", "##s"];

    /// <summary>Writes the model into a new folder and returns its path.</summary>
    public static string Write(string folder, params string[] labels)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Words);
        var config = new EncoderConfig
        {
            ModelType = "bert",
            VocabSize = Words.Length,
            HiddenSize = 8,
            NumHiddenLayers = 1,
            NumAttentionHeads = 2,
            IntermediateSize = 16,
            MaxPositionEmbeddings = 32,
            TypeVocabSize = 2,
            LayerNormEps = 1e-12,
            PadTokenId = 0,
            Labels = labels,
        };
        using var model = new SequenceClassifier(config);
        Initialization.Normal(model, 0.5, seed: 1);
        ClassifierCheckpoint.Save(folder, model, TextTokenizer.Load(folder));
        return folder;
    }
}
