package import Foundation
import Networks
import Quantization
package import Reconstruction
import Tensors

/// A packed model and how it went.
package struct QuantizationOutcome: Sendable {
  package let packed: PackedModel
  package let reports: [UnitReport]
  let seconds: Double
  let threads: Int

  /// What the run's report holds: also what equal work need not have in common.
  package struct Report: Codable, Sendable {
    let command: [String]
    let seconds: Double
    let threads: Int
    let provenance: Provenance
    let units: [UnitReport]
  }

  /// The report, with the words of the command line.
  package func report(command: [String]) -> Report {
    Report(
      command: command, seconds: seconds, threads: threads, provenance: packed.provenance,
      units: reports)
  }

  /// The stable JSON face.
  package struct Summary: Codable, Sendable {
    let output: String
    let bytes: Int
    let averageBits: Double
    let seconds: Double
    let units: [UnitReport]

    private enum CodingKeys: String, CodingKey {
      case output, bytes, seconds, units
      case averageBits = "average_bits"
    }
  }

  /// The result where `file` has been written.
  package func summary(file: URL) -> Summary {
    Summary(
      output: file.path, bytes: packed.payloadBytes, averageBits: packed.plan.averageBits(),
      seconds: seconds, units: reports)
  }

  /// The same as one line.
  package func text(file: URL) -> String {
    let floats = packed.network.network.layers.reduce(0) {
      $0 + ($1.weight.scalars.count + ($1.bias?.count ?? 0)) * MemoryLayout<Float>.size
    }
    return "\(file.lastPathComponent): "
      + String(
        format: "%.3f MiB (%.1f times smaller than float32), %.2f bits a weight, %.1f s",
        Double(packed.payloadBytes) / 1_048_576, Double(floats) / Double(packed.payloadBytes),
        packed.plan.averageBits(), seconds)
  }
}
