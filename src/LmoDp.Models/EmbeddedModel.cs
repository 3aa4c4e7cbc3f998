namespace LmoDp.Models;

/// <summary>The small RoBERTa-style model that comes with the program, pre-trained on public text (docs/embedded-model.md).</summary>
public static class EmbeddedModel
{
    /// <summary>Its folder, in the Hugging Face layout.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "models", "lmodp-roberta-mini");
}
