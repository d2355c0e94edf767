import Files
import ArgumentParser
import Foundation
import Studies

/// Answers the questions of one or several experiments, with p values corrected over all of them.
struct VerdictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Holds the allocators of finished experiments against each other.",
    discussion: """
      Give the --output folders of `mixq compare --allocators`, one a model: Holm's correction covers \
      all their models and budgets together.
      """)

  @Argument(help: "Folders that `mixq compare --output` wrote.")
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
