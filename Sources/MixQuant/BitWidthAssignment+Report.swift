internal import Foundation
package import Quantization

/// A line of the table that shows a plan beside its errors.
package struct PlanRow: Equatable, Sendable {
  /// The layer's name.
  package let layer: String
  /// How many weights it has.
  package let weightCount: Int
  /// The width chosen for them.
  package let bitWidth: BitWidth
  /// QE(b) / QE(8) at the chosen width.
  package let errorRatio: Double
  /// The bit-width drawn: `███·····` for 3 of 8 bits.
  package let bar: String

  /// The columns as text, the ratio with two decimals.
  package var cells: [String] {
    [layer, String(weightCount), bitWidth.description, String(format: "%.2f", errorRatio), bar]
  }

  /// The titles of `cells`.
  package static let titles = ["layer", "weights", "bits", "QE(b)/QE(8)", "width"]
}

extension BitWidthAssignment {
  /// A row a layer, in module order, with the ratios of `errors`, which are of the same layers.
  package func table(_ errors: ErrorTable) -> [PlanRow] {
    precondition(
      errors.layers.map(\.name) == layers.map(\.name), "the errors are of another network")
    return layers.indices.map { index in
      let bits = bitWidths[index].bits
      return PlanRow(
        layer: layers[index].name, weightCount: layers[index].weightCount,
        bitWidth: bitWidths[index], errorRatio: errors.ratio(index, bitWidths[index]),
        bar: String(repeating: "█", count: bits) + String(repeating: "·", count: 8 - bits))
    }
  }
}
