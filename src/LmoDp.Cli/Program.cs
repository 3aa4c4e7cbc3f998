using System.Globalization;
using System.Text;
using LmoDp.Cli;
using LmoDp.Cli.Output;
using LmoDp.Models;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
NativeHeap.KeepFreedMemory();
using var interruption = new Interruption();
return CommandLine.Run(args, Terminal.OfProcess(), interruption.Token);
