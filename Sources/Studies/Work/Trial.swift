import Datasets
import Execution
import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction

/// One network quantized and scored, as every row of every comparison is.
///
/// The packed file is scored, encoded and read again, so that the score is the file's own.
struct Trial {
  let model: CheckpointModel
  let evaluator: Evaluator
  /// Full precision's predictions for the evaluation images.
  let reference: Predictions
  /// The storage of reconstruction's caches.
  let caches: CacheStorage
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
  /// - Throws: An error if images cannot be read or are others than the reference's, or if the state
  ///   cannot be read or written.
  func callAsFunction(
    _ plan: BitPlan, recipe: QuantizationRecipe, images: CalibrationSet, name: String,
    state: URL? = nil, progress: (StudyEvent) -> Void
  ) throws -> Outcome {
    let run = QuantizationRun(
      model: model, recipe: recipe, plan: plan, images: images,
      transform: TransformChoice(transform: evaluator.transform, reason: "as the study's"),
      context: context)
    let outcome = try run(state: state, caches: caches) { progress(.quantizing($0)) }
    let packed = try outcome.packed.readBack(at: name)
    let scored = try evaluator(Classifier(packed.network)) {
      progress(.evaluating(done: $0, of: $1))
    }
    guard scored.predictions.names == reference.names else {
      throw InputError(
        .changedFile, "cannot compare the networks", at: "--data",
        because:
          "the images changed during the run: \(reference.names.count) could be read before, "
          + "and \(scored.predictions.names.count) now",
        try: "run the same command again")
    }
    return Outcome(
      packed: packed, predictions: scored.predictions, reports: outcome.reports,
      seconds: outcome.seconds)
  }
}
