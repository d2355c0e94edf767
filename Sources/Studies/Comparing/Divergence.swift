import Graphs
package import MixQuantKit

/// How a quantized network's answers differ from the full-precision ones on the same images.
package struct Divergence: Equatable, Sendable {
  /// Mean KL(full precision ‖ quantized), in nats.
  package let kl: Double
  /// Images whose first answer changed.
  package let flips: Int

  package init(of predictions: Predictions, from reference: Predictions) {
    let divergences = Softmax.divergences(
      reference: reference.logits, logits: predictions.logits)
    kl = divergences.isEmpty ? 0 : divergences.reduce(0, +) / Double(divergences.count)
    flips = zip(predictions.classes, reference.classes).count { $0 != $1 }
  }
}

extension Statistics {
  /// McNemar's exact p of two networks' first answers on the same images.
  package static func mcNemar(_ first: Predictions, _ second: Predictions) -> Double {
    mcNemar(first.isCorrect, second.isCorrect)
  }
}
