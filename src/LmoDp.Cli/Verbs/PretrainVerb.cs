using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using LmoDp.Training.Pretraining;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp pretrain</c>: a small RoBERTa, GPT-2 or Llama from public text.</summary>
internal sealed class PretrainVerb : Verb
{
    private readonly Option<string[]> text = new("--text") { Description = "Public text: UTF-8 files, plain or .gz; empty lines separate documents", HelpName = "files", Required = true, AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> output = TypedOption.Text("--output", "Folder for the model; it must not exist, or be empty", "folder").Needed();
    private readonly Option<string?> model = TypedOption.Text("--model", "Go on from this model, with its vocabulary, in place of fresh weights", "folder");

    private readonly Option<TrainingObjective?> objective = TypedOption.Choice("--objective", "masked: guess hidden words, for classifiers; causal: guess the next word, for writing [default: masked]",
        ("masked", TrainingObjective.Masked), ("causal", TrainingObjective.Causal));

    private readonly Option<Family?> family = TypedOption.Choice("--family", "Kind of a fresh causal model [default: gpt2]", ("gpt2", Family.Gpt2), ("llama", Family.Llama));
    private readonly Option<bool> ratings = TypedOption.Switch("--ratings", "Reviews, masked objective: also teach the first token praise from blame, by the ratings that reviewers state (\"8/10\")");
    private readonly Option<bool> resume = TypedOption.Switch("--resume", "Continue the interrupted run in --output; give the same options as before");
    private readonly Option<long?> steps = TypedOption.Whole("--steps", "Optimiser steps [default: 10000]", 1, most: int.MaxValue);
    private readonly Option<long?> tokens = TypedOption.Whole("--tokens-per-batch", "Tokens a step [default: 4096]", CausalPretraining.Spans.Longest, most: 1 << 24);
    private readonly Option<double?> rate = TypedOption.Real("--learning-rate", "Peak learning rate [default: 0.0015]", NumberRange.Factor);
    private readonly Option<long?> vocabulary = TypedOption.Whole("--vocabulary", "Entries of the vocabulary [default: 8192; causal 4096]", 300, most: 1 << 20);
    private readonly Option<long?> hidden = TypedOption.Whole("--hidden-size", "Width of the model [default: 192; causal 128]", 8, most: 8192);
    private readonly Option<long?> layers = TypedOption.Whole("--layers", "Transformer layers [default: 3; causal 4]; with --model: repeat its layers until there are so many", 1, most: 256);
    private readonly Option<long?> heads = TypedOption.Whole("--heads", "Attention heads; they must divide the width [default: 6; causal 4]", 1, most: 256);
    private readonly Option<long?> seed = TypedOption.Whole("--seed", "Of weights and batches [default: 1]", 0);

    public PretrainVerb() : base("pretrain", "Pre-trains a small language model on public text. Not private: whatever is in the text may come out of the model.",
        "lmodp pretrain --text public/reviews.txt.gz public/novels.txt --steps 10000 --output models/mine",
        "lmodp pretrain --text public/reviews.txt.gz --model models/mine --layers 6 --steps 5000 --learning-rate 0.0007 --output models/deeper",
        "lmodp pretrain --objective causal --text public/novels.txt --output models/writer")
    {
        foreach (var option in new Option[] { text, output, objective, family, model, ratings, resume, steps, tokens, rate, vocabulary, hidden, layers, heads, seed })
            Options.Add(option);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var settings = new PretrainingSettings((int)(input.GetValue(steps) ?? 10_000), (int)(input.GetValue(tokens) ?? 4096), input.GetValue(rate) ?? 1.5e-3, Seed: input.GetValue(seed) ?? 1);
        var folder = input.GetRequiredValue(output)!;
        using var progress = new TrainingProgress(terminal.Error, unit: "tokens");
        var run = new PretrainingRun(input.GetRequiredValue(text), Recipe(input), settings, folder);
        var final = run.Execute(input.GetValue(resume), progress, status => terminal.Error.Writer.WriteLine($"held-out loss {Figures.Short(status.Losses[0].Nats)} after {status.Step} steps"), cancellation);
        return new PretrainResult(final.Losses.ToDictionary(loss => loss.Name, loss => loss.Nats), final.Step, final.Tokens, folder);
    }

    private PretrainingRecipe Recipe(ParseResult input)
    {
        var causal = input.GetValue(objective) == TrainingObjective.Causal;
        if (causal && input.GetValue(ratings))
            throw new BadInputException("--ratings teaches the first token of a masked model: leave it out, or --objective causal");
        if (!causal && input.GetResult(family) is not null)
            throw new BadInputException("--family is for --objective causal: masked models are RoBERTas");
        var given = input.ExistingFolder(model);
        var depth = (int?)input.GetValue(layers);
        if (given is not null && new Option[] { family, vocabulary, hidden, heads }.FirstOrDefault(option => input.GetResult(option) is not null) is { } size)
            throw new BadInputException($"{size.Name} is for fresh weights: leave it out, or leave --model out");
        if (causal)
            return new CausalPretraining(given is null ? new FreshCausalModel(CausalConfig(input)) : new GivenCausalModel(given, depth));
        return new MaskedPretraining(given is null ? new FreshMaskedModel(MaskedConfig(input)) : new GivenMaskedModel(given, depth), input.GetValue(ratings) ? 1 : 0);
    }

    private EncoderConfig MaskedConfig(ParseResult input)
    {
        var width = (int)(input.GetValue(hidden) ?? 192);
        return new EncoderConfig
        {
            ModelType = "roberta",
            VocabSize = (int)(input.GetValue(vocabulary) ?? 8192),
            HiddenSize = width,
            NumHiddenLayers = (int)(input.GetValue(layers) ?? 3),
            NumAttentionHeads = (int)(input.GetValue(heads) ?? 6),
            IntermediateSize = 4 * width,
            MaxPositionEmbeddings = MaskedPretraining.Spans.Longest + 2,
            TypeVocabSize = 1,
            LayerNormEps = 1e-5,
            PadTokenId = 1,
        };
    }

    /// <remarks>A Llama's three feed-forward matrices are two thirds as wide as a GPT-2's two, so that both have as many parameters (Touvron et al. 2023, section 2.2).</remarks>
    private DecoderConfig CausalConfig(ParseResult input)
    {
        var width = (int)(input.GetValue(hidden) ?? 128);
        var llama = input.GetValue(family) == Family.Llama;
        return new DecoderConfig
        {
            ModelType = llama ? "llama" : "gpt2",
            VocabSize = (int)(input.GetValue(vocabulary) ?? 4096),
            HiddenSize = width,
            NumHiddenLayers = (int)(input.GetValue(layers) ?? 4),
            NumAttentionHeads = (int)(input.GetValue(heads) ?? 4),
            IntermediateSize = llama ? 8 * width / 3 : 4 * width,
            MaxPositionEmbeddings = CausalPretraining.Spans.Longest,
            Activation = llama ? "silu" : "gelu_new",
            TieWordEmbeddings = true,
        };
    }

    private enum TrainingObjective
    {
        Masked,
        Causal,
    }

    private enum Family
    {
        Gpt2,
        Llama,
    }
}

/// <summary>A pre-trained model. Losses by name, in nats a predicted token (of the tone: a span), on held-out documents; the first is the one that counts.</summary>
internal sealed record PretrainResult(IReadOnlyDictionary<string, double> Losses, int Steps, long Tokens, string Output) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console) => console.Facts([
        .. Losses.Select(loss => (loss.Key, (string?)$"{Figures.Short(loss.Value)} nats on held-out text")),
        ("steps", $"{Steps} ({Tokens} tokens)"),
        ("model", Output),
    ]);
}
