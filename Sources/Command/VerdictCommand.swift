import Files
import ArgumentParser
import Foundation
import Studies

/// The command that compares allocators over one or several experiments.
struct VerdictCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Compares the allocators of finished experiments.",
    discussion: """
      Give the --output folders of `mixq compare --allocators`, one per model. Holm's correction \
      covers all models and budgets together.

      Examples:

        mixq verdict experiment
        mixq verdict experiment --json
      """)

  @Argument(help: "The folders that `mixq compare --output` wrote.")
  var experiments: [Path]

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    var results: [ExperimentResult] = []
    for experiment in experiments {
      results.append(try ExperimentResult(contentsOf: experiment.url))
    }
    let outcome = try ExperimentOutcome(results)
    try emit(common.json ? json(outcome, isPretty: true) : outcome.text)
  }
}
