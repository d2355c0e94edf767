import Execution
import Files
import Foundation
import Graphs
package import MixQuantKit
import Quantization
import Reconstruction

/// One network quantized and scored, as every row of every comparison is.
///
/// The packed file is scored, encoded and read again, so that the score is the file's own.
struct Trial {
  let model: CheckpointModel
  let evaluator: Evaluator
  let context: Context

  /// A packed file, what it answered, and how it came about.
  struct Outcome {
    let packed: PackedModel
    let predictions: Predictions
    let reports: [UnitReport]
    /// The time of the quantization alone.
    let seconds: Double
  }

  /// Quantizes by `plan` and `recipe` on `images`, then scores.
  ///
  /// - Parameter state: The file for the finished units, from which an interrupted trial resumes; nil
  ///   saves nothing. The caller removes it when the trial is kept.
  /// - Throws: An error if images cannot be read or if the state cannot be read or written.
  func callAsFunction(
    _ plan: BitPlan, recipe: QuantizationRecipe, images: CalibrationSet, name: String,
    state: URL? = nil, progress: (TrialEvent) -> Void
  ) throws -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let quantizer = Quantizer(
      model.network, recipe: recipe, images: images, context: context)
    let file = try state.map { url throws(InputError) in
      try StateFile(
        url, model: model, recipe: recipe, plan: plan, images: images,
        transform: evaluator.transform)
    }
    let earlier = try file?.read()
    if let earlier { progress(.quantizing(.resuming(units: earlier.weights.count))) }
    let (network, reports) = try quantizer(
      plan: plan, resuming: earlier ?? ReconstructionState(), save: { try file?.write($0) },
      progress: { progress(.quantizing($0)) })
    let seconds = (clock.now - start).seconds
    let packed = try PackedModel(
      network, plan: plan, of: model, transform: evaluator.transform,
      recipe: recipe.settled(by: plan), calibration: images
    ).readBack(at: name)
    let scored = try evaluator(Classifier(packed.network)) {
      progress(.evaluating(done: $0, of: $1))
    }
    return Outcome(
      packed: packed, predictions: scored.predictions, reports: reports, seconds: seconds)
  }
}

/// The events of a trial.
package enum TrialEvent: Sendable {
  case quantizing(QuantizationEvent)
  case evaluating(done: Int, of: Int)
}
