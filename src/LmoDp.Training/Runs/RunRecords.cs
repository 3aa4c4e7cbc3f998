namespace LmoDp.Training.Runs;
internal static class RunRecords { public static void Write(string folder, FinetuneResult result) { } }
