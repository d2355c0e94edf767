import Files
import ArgumentParser
import Foundation
import Studies

/// The command that compares allocators over one or several experiments.
struct VerdictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Compares the allocators of finished experiments.",
    discussion: """
      Give the --output folders of `mixq compare --allocators`, one per model. Holm's correction \
      covers all models and budgets together.
      """)

  @Argument(help: "The folders that `mixq compare --output` wrote.")
  var experiments: [Path]

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  func run() throws {
    var results: [ExperimentResult] = []
    for experiment in experiments {
      results.append(try ExperimentResult(contentsOf: experiment.url))
    }
    let outcome = try ExperimentOutcome(results)
    try emit(json ? Files.json(outcome, isPretty: true) : outcome.text)
  }
}
