import Files
package import Foundation
import Graphs
import Quantization
package import Reconstruction
import Tensors

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
  let seconds: Double
  let threads: Int
  /// The estimate made before the run, if any.
  let estimate: RunEstimate?
  let peakBytes: Int

  /// The content of the report file, with times and paths that differ between equal runs.
  package struct Report: Codable, Sendable {
    let command: [String]
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

  /// Returns the report with the arguments of the command line.
  package func report(command: [String]) -> Report {
    Report(
      command: command, seconds: seconds, threads: threads, estimate: estimate,
      peakBytes: peakBytes, provenance: packed.provenance,
      activations: packed.plan.activations.isEmpty ? nil : packed.plan.activations,
      warnings: warnings, units: reports)
  }

  /// The result as JSON, whose keys are stable.
  package struct Summary: Codable, Sendable {
    let output: String
    let bytes: Int
    let averageBits: Double
    let seconds: Double
    let estimatedSeconds: Double?
    /// The peak of the process's resident memory.
    let peakBytes: Int
    let estimatedBytes: Int?
    let units: [UnitReport]

    private enum CodingKeys: String, CodingKey {
      case output, bytes, seconds, units
      case averageBits = "average_bits"
      case estimatedSeconds = "estimated_seconds"
      case peakBytes = "peak_bytes"
      case estimatedBytes = "estimated_bytes"
    }
  }

  /// Returns the result with the path of the packed file.
  package func summary(file: URL) -> Summary {
    Summary(
      output: file.path, bytes: packed.payloadBytes, averageBits: packed.plan.averageBits(),
      seconds: seconds, estimatedSeconds: estimate?.seconds, peakBytes: peakBytes,
      estimatedBytes: estimate?.bytes, units: reports)
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
