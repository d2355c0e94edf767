internal import Execution
public import Foundation
internal import Reconstruction

extension FullPrecisionModel {
  /// Quantizes the model.
  ///
  /// - Parameters:
  ///   - plan: The bit-width of each layer.
  ///   - recipe: The method and its settings.
  ///   - images: The calibration images.
  ///   - resuming: The file for finished units, from which a cancelled or killed run can resume. It is
  ///     removed at the end. If nil, finished units are not saved.
  ///   - threads: The number of threads; the result does not depend on it.
  ///   - progress: A function that is called often; it returns `.cancel` to end the run.
  /// - Returns: The quantized model, which has the same bytes for equal arguments.
  /// - Throws: `MixQuantError` if images cannot be read or files cannot be written, with the kind
  ///   `usage` if a value of `recipe` is out of range or has no effect, and with the kind `cancelled` if
  ///   `progress` ends the run.
  public func quantized(
    to plan: Plan, with recipe: Recipe, on images: CalibrationImages, resuming: URL? = nil,
    threads: Int = Threads.all, progress: (Progress) -> Progress.Decision = { _ in .proceed }
  ) throws(MixQuantError) -> QuantizedModel {
    try MixQuantError.wrapping {
      let run = QuantizationRun(
        model: model, recipe: try recipe.settled(count: images.count, plan: plan.bits),
        plan: plan.bits,
        images: images.images, transform: images.transform,
        context: Context(threads: max(1, threads)))
      var tracker = ProgressTracker(unitCount: run.unitCount)
      let outcome = try run(state: resuming) { (event: QuantizationEvent) throws -> Void in
        guard progress(tracker.progress(after: event)) == .proceed else {
          let cancellation: any Error = MixQuantError.cancelled
          throw cancellation
        }
      }
      if let resuming { StateFile.remove(resuming) }
      return QuantizedModel(outcome.packed)
    }
  }
}
