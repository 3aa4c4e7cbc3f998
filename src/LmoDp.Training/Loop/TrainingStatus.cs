namespace LmoDp.Training.Loop;

/// <summary>
/// Where a private training run stands. It holds public quantities only: nothing in it is computed from private examples, so it may be shown and logged.
/// </summary>
/// <param name="Step">Steps done, from 0 to <paramref name="Steps"/>.</param>
/// <param name="Steps">Steps of the schedule, fixed before the start.</param>
/// <param name="EpsilonSpent">Upper bound on the epsilon of what was released so far, at the run's delta; +infinity for a run without privacy.</param>
/// <param name="ExpectedExamplesPerSecond">Expected batch size (not the drawn one, which is private) times steps a second.</param>
/// <param name="Left">Estimated time to the last step.</param>
public readonly record struct TrainingStatus(int Step, int Steps, double EpsilonSpent, double ExpectedExamplesPerSecond, TimeSpan Left);
