import Foundation
import Graphs
package import MixQuant
package import Quantization

/// A line of the table that shows a plan beside its errors.
package struct PlanRow: Equatable, Sendable {
  /// The layer's name, or the site's.
  package let name: String
  /// The number of weights of the layer, or of activations of one image at the site.
  package let count: Int
  /// The width chosen for them.
  package let bitWidth: BitWidth
  /// The error at the chosen width as `ErrorQuantity.shown` has it; not finite where it is exact or was
  /// not measured.
  package let error: Double
  /// The same as text.
  package let errorText: String

  fileprivate init(
    name: String, count: Int, bitWidth: BitWidth, errors: ErrorTable, index: Int
  ) {
    self.name = name
    self.count = count
    self.bitWidth = bitWidth
    error = errors.quantity.shown(errors, index, bitWidth)
    errorText = errors.quantity.text(error)
  }
}

extension ErrorQuantity {
  /// The form in which plans show an error: roundoff over that at 8 bits, a divergence in nats, noise as the
  /// signal-to-noise ratio in decibels.
  package var title: String {
    switch self {
    case .roundoff: "QE(b)/QE(8)"
    case .divergence: "KL"
    case .outputNoise: "SQNR dB"
    case .unmeasured: "error"
    }
  }

  /// The key that `title`'s numbers have in JSON.
  package var key: String {
    switch self {
    case .roundoff: "error_ratio"
    case .divergence: "kl"
    case .outputNoise: "sqnr"
    case .unmeasured: "error"
    }
  }

  fileprivate func shown(_ errors: ErrorTable, _ index: Int, _ bitWidth: BitWidth) -> Double {
    switch self {
    case .roundoff: errors.ratio(index, bitWidth)
    case .divergence: errors[index, bitWidth]
    case .outputNoise: -10 * log10(errors[index, bitWidth])
    case .unmeasured: .infinity
    }
  }

  fileprivate func text(_ shown: Double) -> String {
    switch self {
    case .roundoff: String(format: "%.2f", shown)
    case .divergence: String(format: "%.2e", shown)
    case .outputNoise: shown == -.infinity ? "-" : String(format: "%.1f", shown)
    case .unmeasured: "-"
    }
  }
}

extension BitPlan {
  /// Returns a row per layer, in module order, with the errors of `errors`, which are of the same layers.
  package func table(_ errors: ErrorTable) -> [PlanRow] {
    precondition(
      errors.layers.map(\.name) == layers.map(\.name), "the errors are of another network")
    return layers.indices.map { index in
      PlanRow(
        name: layers[index].name, count: layers[index].weightCount, bitWidth: bitWidths[index],
        errors: errors, index: index)
    }
  }

  /// Returns a row per planned site, in network order, with the errors of `errors`, which are
  /// of the same sites.
  package func activationTable(_ errors: ErrorTable) -> [PlanRow] {
    precondition(
      errors.layers.isEmpty && errors.sites.map(\.site) == activations.map(\.site),
      "the errors are of other sites")
    return activations.enumerated().map { index, planned in
      PlanRow(
        name: planned.site, count: planned.elementCount, bitWidth: planned.bitWidth,
        errors: errors, index: index)
    }
  }
}
