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
  /// The chosen width.
  package let bitWidth: BitWidth
  /// The error at the chosen width, in the form of `ErrorQuantity.title`; not finite if the rounding is
  /// exact or the error was not measured.
  package let error: Double
  /// The error as text.
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
  /// The title of errors in plans, which shows their form.
  ///
  /// A roundoff error is divided by the one at 8 bits, a divergence is in nats, and noise is the
  /// signal-to-noise ratio in decibels.
  package var title: String {
    switch self {
    case .roundoff: "QE(b)/QE(8)"
    case .divergence: "KL"
    case .outputNoise: "SQNR dB"
    case .unmeasured: "error"
    }
  }

  /// The key of these errors in JSON.
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
  /// Returns a row per layer, in module order; `errors` must be those of the same layers.
  package func table(_ errors: ErrorTable) -> [PlanRow] {
    precondition(
      errors.layers.map(\.name) == layers.map(\.name), "the errors are of another network")
    return layers.indices.map { index in
      PlanRow(
        name: layers[index].name, count: layers[index].weightCount, bitWidth: bitWidths[index],
        errors: errors, index: index)
    }
  }

  /// Returns a row per planned site, in network order; `errors` must be those of the same sites.
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
