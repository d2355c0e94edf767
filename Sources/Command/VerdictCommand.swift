import Files
import ArgumentParser
import Foundation
import Studies

/// The command that compares allocators over one or several experiments.
struct VerdictCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Compares the allocators of finished comparisons.",
    discussion: """
      Give the --output folders of `mixq compare`, one per model. Holm's correction covers all \
      models and budgets together.

      Examples:

        mixq verdict comparison
        mixq verdict comparison --json
      """)

  @Argument(help: "The folders that `mixq compare --output` wrote.")
  var experiments: [Path]

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    var results: [ExperimentResult] = []
    var inputs: [ResultInput] = []
    for experiment in experiments {
      let result = try ExperimentResult(contentsOf: experiment.url)
      results.append(result)
      inputs.append(ResultInput(.experiment, experiment.url, sha256: result.record.digest))
    }
    let outcome = try ExperimentOutcome(results)
    try emit(outcome, as: .compare, from: inputs, isJSON: common.json) {
      outcome.text(width: $0)
    }
  }
}
