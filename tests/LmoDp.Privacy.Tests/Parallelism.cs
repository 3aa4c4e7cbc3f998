using Xunit.Sdk;
using Xunit.v3;

// LmoDp.Tests, whose tests run one after another, takes as long and runs beside this: a thread each is best on two cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
