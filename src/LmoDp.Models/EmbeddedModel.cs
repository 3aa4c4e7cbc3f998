namespace LmoDp.Models;

/// <summary>The small models that come with the program, pre-trained on public text (docs/embedded-model.md).</summary>
public static class EmbeddedModel
{
    /// <summary>Folder of the RoBERTa-style encoder, in the Hugging Face layout: for classification.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "models", "lmodp-roberta-mini");

    /// <summary>Folder of the GPT-2-style decoder, in the Hugging Face layout: for writing.</summary>
    public static string WriterFolder => Path.Combine(AppContext.BaseDirectory, "models", "lmodp-gpt2-mini");
}
