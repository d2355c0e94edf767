import Execution
import Graphs
package import MixQuantKit
package import Quantization
package import Reconstruction

/// The results of one cell of an experiment, image by image, from which a later run resumes.
package struct CellScore: Codable, Equatable, Sendable {
  /// The plan of the cell; equal work has equal widths, and may have another rule.
  package internal(set) var plan: BitPlan
  /// The packed file's tensors: codes, scales, zero points and biases.
  package let bytes: Int
  /// Mean bits a weight over the layers that a plan may change.
  package let averageFreeBits: Double
  /// The seconds that the quantization took.
  package let seconds: Double
  /// KL(full precision ‖ quantized) in nats, one per image, in the order of the experiment's images.
  package let divergences: [Double]
  /// The class of the largest logit, one per image.
  package let answers: [Int]
  /// True if that class is the image's label, one per image.
  package let isCorrect: [Bool]
  /// The report on every reconstructed unit; empty for rounding to nearest.
  package let units: [UnitReport]

  /// Images whose label is among the first five answers; nil in results kept by older versions.
  package var correct5: Int?

  private enum CodingKeys: String, CodingKey {
    case plan, bytes, seconds, divergences, answers, units, correct5
    case averageFreeBits = "average_free_bits"
    case isCorrect = "is_correct"
  }

  /// The mean KL(full precision ‖ quantized) over all images, in nats.
  package var kl: Double { divergences.reduce(0, +) / Double(divergences.count) }

  /// Counts of right answers; those among the first five are as many as the first if unknown.
  package var accuracy: Accuracy {
    let correct = isCorrect.count { $0 }
    return Accuracy(images: isCorrect.count, correct1: correct, correct5: correct5 ?? correct)
  }

  /// Percent, if it was counted.
  var top5: Double? { correct5.map { _ in accuracy.top5 } }
}

extension CellScore {
  init(_ outcome: Trial.Outcome, reference: Predictions) {
    self.init(
      plan: outcome.packed.plan, bytes: outcome.packed.payloadBytes,
      averageFreeBits: outcome.packed.averageFreeBits, seconds: outcome.seconds,
      divergences: Softmax.divergences(
        reference: reference.logits, logits: outcome.predictions.logits),
      answers: outcome.predictions.classes, isCorrect: outcome.predictions.isCorrect,
      units: outcome.reports, correct5: outcome.predictions.accuracy.correct5)
  }
}
