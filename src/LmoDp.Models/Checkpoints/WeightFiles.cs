using System.Globalization;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>The weights of a Hugging Face folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> lists.</summary>
public sealed class WeightFiles : IDisposable
{
    /// <summary>Name of an unsharded file.</summary>
    public const string SingleFile = "model.safetensors";

    /// <summary>Name of the list of shards.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private const int LargestIndex = 64 << 20;
    private readonly List<SafetensorsFile> files = [];
    private readonly Dictionary<string, SafetensorsFile> homes = new(StringComparer.Ordinal);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>All tensors.</summary>
    public IEnumerable<StoredTensor> Tensors => homes.Select(home => home.Value.Find(home.Key));

    private WeightFiles(string folder) => Folder = folder;

    /// <summary>Opens the weights and checks every header, and that index and shards agree.</summary>
    /// <exception cref="BadInputException">There are none, or they are malformed.</exception>
    public static WeightFiles Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new BadInputException($"there is no folder '{folder}'");
        var weights = new WeightFiles(folder);
        try
        {
            if (File.Exists(Path.Combine(folder, SingleFile)))
                weights.Add(SingleFile);
            else if (File.Exists(Path.Combine(folder, IndexFile)))
                weights.AddShards();
            else
                throw new BadInputException($"'{folder}' holds no weights: neither {SingleFile} nor {IndexFile}{PickleHint(folder)}");
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Opens one safetensors file as if it were a folder's only one.</summary>
    /// <exception cref="BadInputException">It is not there or malformed.</exception>
    public static WeightFiles OpenFile(string path)
    {
        var weights = new WeightFiles(Path.GetDirectoryName(Path.GetFullPath(path))!);
        weights.Add(Path.GetFileName(path));
        return weights;
    }

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool Contains(string name) => homes.ContainsKey(name);

    /// <summary>Where a tensor lies.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public StoredTensor Find(string name) => Home(name).Find(name);

    /// <summary>A copy of a tensor in its stored type on the CPU. The caller owns it.</summary>
    /// <exception cref="BadInputException">There is none of that name, or the file can no longer be read.</exception>
    public Tensor Read(string name) => Home(name).Read(name);

    /// <summary>A tensor in its stored type that stays in its file: see <see cref="SafetensorsFile.Map"/>.</summary>
    /// <exception cref="BadInputException">There is none of that name, or the file can no longer be read.</exception>
    public Tensor Map(string name) => Home(name).Map(name);

    /// <inheritdoc/>
    public void Dispose() => files.ForEach(file => file.Dispose());

    /// <summary>Writes weights into a folder: one file, or shards with an index where they take more than a shard may.</summary>
    /// <param name="folder">It must exist.</param>
    /// <param name="tensors">By name.</param>
    /// <param name="floatType">Floating-point tensors are cast to it; null keeps their types.</param>
    /// <param name="maxShardBytes">The most bytes of data in a file; a larger tensor gets a file of its own.</param>
    /// <exception cref="BadInputException">A finite value does not fit <paramref name="floatType"/>.</exception>
    public static void Write(string folder, IReadOnlyDictionary<string, Tensor> tensors, ScalarType? floatType = null, long maxShardBytes = 5_000_000_000)
    {
        var shards = new List<Dictionary<string, Tensor>> { new() };
        long total = 0, inShard = 0;
        foreach (var (name, tensor) in tensors)
        {
            var bytes = SafetensorsWriter.StoredBytes(tensor, floatType);
            if (inShard > 0 && inShard + bytes > maxShardBytes)
            {
                shards.Add([]);
                inShard = 0;
            }
            shards[^1].Add(name, tensor);
            total += bytes;
            inShard += bytes;
        }
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, SingleFile), tensors, floatType);
            return;
        }
        var map = new JsonObject();
        for (var i = 0; i < shards.Count; i++)
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            SafetensorsWriter.Write(Path.Combine(folder, file), shards[i], floatType);
            foreach (var name in shards[i].Keys)
                map[name] = file;
        }
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        AtomicFile.WriteText(Path.Combine(folder, IndexFile), index.ToJsonString(ConfigJson.Indented) + "\n");
    }

    private SafetensorsFile Home(string name) => homes.TryGetValue(name, out var file) ? file : throw new BadInputException($"the weights in '{Folder}' hold no tensor '{name}'");

    private void Add(string fileName)
    {
        var file = SafetensorsFile.Open(Path.Combine(Folder, fileName));
        files.Add(file);
        foreach (var tensor in file.Tensors)
        {
            if (!homes.TryAdd(tensor.Name, file))
                throw new BadInputException($"tensor '{tensor.Name}' is in both '{homes[tensor.Name].Path}' and '{file.Path}'");
        }
    }

    private void AddShards()
    {
        var path = Path.Combine(Folder, IndexFile);
        var index = ConfigJson.Parse(BoundedFile.ReadText(path, LargestIndex), path);
        var map = index.Object("weight_map") ?? throw index.Wrong("weight_map", "an object of tensors and file names");
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in map)
        {
            // A checkpoint must not make us read outside its folder.
            if (value is not JsonValue text || !text.TryGetValue<string>(out var file) || !IsPlainName(file))
                throw index.Wrong("weight_map", $"a map to plain file names in the folder; that of '{name}' is not");
            shards[name] = file;
        }
        foreach (var file in shards.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            Add(file);
        foreach (var (name, file) in shards)
        {
            if (!homes.TryGetValue(name, out var home) || Path.GetFileName(home.Path) != file)
                throw new BadInputException($"'{path}' says that tensor '{name}' is in '{file}', but it is not");
        }
    }

    private static bool IsPlainName(string file) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal) && file.Length <= 255 && file.AsSpan().IndexOfAny("/\\:\0") < 0 && file[0] != '.';

    private static string PickleHint(string folder) => File.Exists(Path.Combine(folder, "pytorch_model.bin"))
        ? "; pytorch_model.bin can run code when it is loaded and is not read here: convert it to safetensors"
        : "";
}
