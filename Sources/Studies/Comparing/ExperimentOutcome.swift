package import MixQuantKit
package import Files

/// Experiments in numbers, with the verdict over all of them: what the commands print.
package struct ExperimentOutcome: Codable, Sendable {
  package let experiments: [ExperimentSummary]
  package let verdict: Verdict

  /// Throws where the experiments cannot be combined.
  package init(_ results: [ExperimentResult]) throws(InputError) {
    experiments = results.map(ExperimentSummary.init)
    verdict = try Verdict(results)
  }

  /// The table of every experiment, then the answers.
  package var text: String {
    (experiments.map(\.text) + [verdict.text]).joined(separator: "\n\n")
  }
}
