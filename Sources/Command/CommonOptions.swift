import ArgumentParser
import Execution
import Files
import Foundation

/// The options of every command.
struct CommonOptions: ParsableArguments {
  /// The title of these options in help.
  static let title = "General options"

  @Flag(help: "Print the result, and an error too, as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print no progress and no notes on standard error.")
  var quiet = false

  @Flag(
    name: .shortAndLong,
    help: "Also print version, kernels, threads, times and the largest memory on standard error.")
  var verbose = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The number of threads, 1 to 1024; results do not depend on it.", valueName: "count"))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Flag(
    help: ArgumentHelp(
      "Give equal bits on every processor; slower.",
      discussion: """
        Sums of floating-point products then have one order with all kernels, and OpenBLAS is not used. \
        Packed files record it.
        """, visibility: .hidden))
  var portableMath = false

  // `RecipeFile` reads these two before the command line is parsed.
  @Option(
    help: ArgumentHelp(
      "Take options from this JSON file; those of the command line have priority.",
      valueName: "file"))
  var recipeFile: Path?

  @Flag(help: "Print the options of this command line as a recipe file and stop.")
  var printRecipe = false

  var context: Context {
    ProcessLimits.require(threads: threads)
    if portableMath { PortableMath.use() }
    return Context(threads: threads, ranks: RankedRun.ranks)
  }

  func validate() throws {
    try require(threads, in: 1...1024, of: "--threads")
    guard !(quiet && verbose) else {
      throw InputError.conflict("--quiet and --verbose", "they exclude each other")
    }
  }
}

/// The option of commands that make random choices.
struct SeedArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The seed of all random choices, a whole number from 0; equal seeds give equal results.",
      valueName: "seed"))
  var seed: UInt64 = 0
}
