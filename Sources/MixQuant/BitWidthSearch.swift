internal import Foundation
package import Quantization

/// MixQuant's choice of bit-widths (arXiv 2309.17341).
///
/// Each layer gets the smallest width at which its roundoff error is at most a multiple of its own
/// error at 8 bits.
package enum BitWidthSearch {
  /// Returns the plan at `multiplier`, which is at least 1.
  ///
  /// Each layer gets the smallest candidate b with QE(b) ≤ multiplier · QE(8), or the widest
  /// candidate if there is none. Layers in `pinned` keep their width there.
  package static func assign(
    _ errors: ErrorTable, multiplier: Double, pinned: [String: BitWidth] = [:],
    candidates: [BitWidth] = BitWidth.all
  ) -> BitPlan {
    let choices = errors.layers.map { layer in pinned[layer.name].map { [$0] } ?? candidates }
    return BitPlan(
      model: errors.model, rule: rule(errors, multiplier), layers: errors.layers,
      bitWidths: bitWidths(errors, multiplier, choices))
  }

  /// Returns the name of the rule for plans at `multiplier`.
  package static func rule(_ errors: ErrorTable, _ multiplier: Double) -> String {
    String(format: "MixQuant, %@ error, multiplier %.4g", errors.quantity.name, multiplier)
  }

  /// Returns the smallest width of each layer's `choices` with QE(b) ≤ multiplier · QE(8).
  ///
  /// If there is none, it returns the widest choice.
  package static func bitWidths(
    _ errors: ErrorTable, _ multiplier: Double, _ choices: [[BitWidth]]
  ) -> [BitWidth] {
    choices.enumerated().map { index, widths in
      widths.dropLast().first { errors.ratio(index, $0) <= multiplier } ?? widths[widths.count - 1]
    }
  }
}
