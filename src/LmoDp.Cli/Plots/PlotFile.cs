using ScottPlot;
using SkiaSharp;

namespace LmoDp.Cli.Plots;

/// <summary>A picture of one or more plots, two to a row, as .png or .svg.</summary>
internal static class PlotFile
{
    private const int PanelWidth = 720;
    private const int PanelHeight = 480;
    private const int MostColumns = 2;

    /// <summary>Checks, before any work is done, that a path can be plotted to.</summary>
    /// <exception cref="BadInputException">Unknown extension, or no such folder.</exception>
    public static string Checked(string option, string path)
    {
        if (Extension(path) is not (".png" or ".svg"))
            throw new BadInputException($"{option}: '{path}' must end in .png or .svg");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new BadInputException($"{option}: there is no folder '{folder}'");
        return path;
    }

    /// <summary>Writes the picture; the file is there as a whole or not at all.</summary>
    public static void Write(string path, params IReadOnlyList<Plot> panels) => Write(path, PanelHeight, panels);

    /// <summary>Writes a picture of panels that are not of the usual height, in pixels.</summary>
    public static void Write(string path, int panelHeight, IReadOnlyList<Plot> panels)
    {
        var multiplot = new Multiplot();
        multiplot.RemovePlot(multiplot.Subplots.GetPlot(0));
        foreach (var panel in panels)
            multiplot.AddPlot(panel);
        var columns = Math.Min(panels.Count, MostColumns);
        var rows = (panels.Count + columns - 1) / columns;
        multiplot.Layout = new ScottPlot.MultiplotLayouts.Grid(rows, columns);
        var (width, height) = (PanelWidth * columns, panelHeight * rows);
        AtomicFile.Write(path, stream =>
        {
            if (Extension(path) == ".svg")
                WriteSvg(multiplot, width, height, stream);
            else
                stream.Write(multiplot.Render(width, height).GetImageBytes());
        });
    }

    private static void WriteSvg(Multiplot multiplot, int width, int height, Stream stream)
    {
        using var svg = new SKManagedWStream(stream);
        using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), svg);
        multiplot.Render(canvas, new PixelRect(0, width, height, 0));
    }

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();
}
