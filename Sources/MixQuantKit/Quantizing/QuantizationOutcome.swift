import Files
package import Foundation
import Graphs
import Quantization
package import Reconstruction
import Tensors

/// The purpose that a user gave for a packed file, and the options that serve it.
package struct StatedPurpose: Codable, Equatable, Sendable {
  package let name: String
  /// The options as words of a command line.
  package let options: [String]

  package init(name: String, options: [String]) {
    self.name = name
    self.options = options
  }
}

/// A packed model with the reports and figures of its run.
package struct QuantizationOutcome: Sendable {
  package let packed: PackedModel
  /// Reasons to doubt the quantized network, one statement each.
  package let warnings: [String]
  /// The file of the run's state, if it has one.
  let file: StateFile?
  /// The finished units.
  let state: ReconstructionState
  package let reports: [UnitReport]
  package let seconds: Double
  let threads: Int
  /// The estimate made before the run, if any.
  package let estimate: RunEstimate?
  /// The peak of the process's resident memory.
  package let peakBytes: Int

  /// The content of the report file, with times and paths that differ between equal runs.
  package struct Report: Codable, Sendable {
    let command: [String]
    /// Nil if the user gave none.
    let purpose: StatedPurpose?
    let seconds: Double
    let threads: Int
    let estimate: RunEstimate?
    let peakBytes: Int
    let provenance: Provenance
    /// The plan's widths of activations; nil if it has none.
    let activations: [PlannedActivations]?
    let warnings: [String]
    let units: [UnitReport]
  }

  /// Returns the report with the arguments of the command line and the purpose that they give.
  package func report(command: [String], purpose: StatedPurpose? = nil) -> Report {
    Report(
      command: command, purpose: purpose, seconds: seconds, threads: threads, estimate: estimate,
      peakBytes: peakBytes, provenance: packed.provenance,
      activations: packed.plan.activations.isEmpty ? nil : packed.plan.activations,
      warnings: warnings, units: reports)
  }

  /// Returns the result as one line.
  package func text(file: URL) -> String {
    let floats = packed.network.network.layers.reduce(0) {
      $0 + ($1.weight.scalars.count + ($1.bias?.count ?? 0)) * MemoryLayout<Float>.size
    }
    return "\(file.lastPathComponent): "
      + String(
        format: "%.3f MiB (%.1f times smaller than float32), %.2f bits per weight, ",
        packed.payloadBytes.mebibytes, Double(floats) / Double(packed.payloadBytes),
        packed.plan.averageBits())
      + effort
  }

  private var effort: String {
    let mebibytes = peakBytes.mebibytes
    guard let estimate else {
      return String(format: "%.1f s, peak %.0f MiB", seconds, mebibytes)
    }
    return String(
      format: "%.1f s (estimated %.1f), peak %.0f MiB (estimated %.0f)", seconds,
      estimate.seconds, mebibytes, estimate.bytes.mebibytes)
  }
}
