package import MixQuantKit
import Execution
import Graphs
package import Quantization
package import Reconstruction

/// What became of one cell of an experiment, image by image; its file is what a rerun goes on from.
package struct CellScore: Codable, Equatable, Sendable {
  package let plan: BitPlan
  /// The packed file's tensors: codes, scales, zero points and biases.
  package let bytes: Int
  /// Mean bits a weight over the layers that a plan may change.
  package let averageFreeBits: Double
  /// What the quantization took.
  package let seconds: Double
  /// KL(full precision ‖ quantized) in nats, one an image, in the order of the experiment's images.
  package let divergences: [Double]
  /// The class of the largest logit, one an image.
  package let answers: [Int]
  /// Whether that class is the image's label.
  package let isCorrect: [Bool]
  /// What reconstruction made of every block; empty for rounding to nearest.
  package let units: [UnitReport]

  private enum CodingKeys: String, CodingKey {
    case plan, bytes, seconds, divergences, answers, units
    case averageFreeBits = "average_free_bits"
    case isCorrect = "is_correct"
  }

  init(_ outcome: Trial.Outcome, reference: Predictions) {
    plan = outcome.packed.plan
    bytes = outcome.packed.payloadBytes
    averageFreeBits = outcome.packed.averageFreeBits
    seconds = outcome.seconds
    divergences = Softmax.divergences(
      reference: reference.logits, logits: outcome.predictions.logits)
    answers = outcome.predictions.classes
    isCorrect = outcome.predictions.isCorrect
    units = outcome.reports
  }

  package init(
    plan: BitPlan, bytes: Int, averageFreeBits: Double, seconds: Double,
    divergences: [Double], answers: [Int], isCorrect: [Bool], units: [UnitReport] = []
  ) {
    self.plan = plan
    self.bytes = bytes
    self.averageFreeBits = averageFreeBits
    self.seconds = seconds
    self.divergences = divergences
    self.answers = answers
    self.isCorrect = isCorrect
    self.units = units
  }
}
