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
  /// The error at the chosen width as `ErrorQuantity.shown` has it; not finite where it is exact or was
  /// not measured.
  package let error: Double
  /// The same as text.
  package let errorText: String
  /// The bit-width drawn: `███·····` for 3 of 8 bits.
  package let bar: String

  /// The columns as text.
  package var cells: [String] {
    [layer, String(weightCount), bitWidth.description, errorText, bar]
  }
}

extension ErrorQuantity {
  /// What plans show of an error: roundoff over that at 8 bits, a divergence in nats, noise as the
  /// signal-to-noise ratio in decibels.
  package var title: String {
    switch self {
    case .roundoff: "QE(b)/QE(8)"
    case .divergence: "KL"
    case .outputNoise: "SQNR dB"
    }
  }

  /// The key that `title`'s numbers have in JSON.
  package var key: String {
    switch self {
    case .roundoff: "error_ratio"
    case .divergence: "kl"
    case .outputNoise: "sqnr"
    }
  }

  fileprivate func shown(_ errors: ErrorTable, _ index: Int, _ bitWidth: BitWidth) -> Double {
    switch self {
    case .roundoff: errors.ratio(index, bitWidth)
    case .divergence: errors[index, bitWidth]
    case .outputNoise: -10 * log10(errors[index, bitWidth])
    }
  }

  fileprivate func text(_ shown: Double) -> String {
    switch self {
    case .roundoff: String(format: "%.2f", shown)
    case .divergence: String(format: "%.2e", shown)
    case .outputNoise: shown == -.infinity ? "-" : String(format: "%.1f", shown)
    }
  }
}

extension BitWidthAssignment {
  /// A row a layer, in module order, with the errors of `errors`, which are of the same layers.
  package func table(_ errors: ErrorTable) -> [PlanRow] {
    precondition(
      errors.layers.map(\.name) == layers.map(\.name), "the errors are of another network")
    return layers.indices.map { index in
      let bits = bitWidths[index].bits
      let error = errors.quantity.shown(errors, index, bitWidths[index])
      return PlanRow(
        layer: layers[index].name, weightCount: layers[index].weightCount,
        bitWidth: bitWidths[index], error: error, errorText: errors.quantity.text(error),
        bar: String(repeating: "█", count: bits) + String(repeating: "·", count: 8 - bits))
    }
  }
}
