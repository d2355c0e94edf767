import Datasets
package import Files
package import Foundation

extension EvaluationSubject {
  /// What speaks against trusting the score.
  ///
  /// With `calibration`, the pool that a packed file's images were drawn from, they are drawn again by its
  /// recipe. Throws `usage` where no images were needed, or where these would be others; throws where an
  /// image cannot be read.
  package func audit(calibration: URL? = nil) throws(InputError) -> ImageAudit {
    var drawn: [ImageSet] = []
    if let calibration { drawn.append(try calibrationImages(from: calibration)) }
    return try ImageAudit(
      evaluation: evaluator.images, calibration: drawn, classCount: model.classCount)
  }

  private func calibrationImages(from pool: URL) throws(InputError) -> ImageSet {
    func refusal(
      _ reason: String, try remedy: String = "give the folder that the file was calibrated on"
    ) -> InputError {
      InputError(
        .usage, "cannot look for calibration images", at: pool.path, because: reason, try: remedy)
    }
    guard case .packed(let packed) = model, let digest = packed.provenance.calibrationDigest
    else {
      throw refusal("the model was made without looking at any", try: "leave out --calibration")
    }
    let recipe = packed.provenance.recipe
    let set = try ImageSet.open(pool, purpose: .calibration)
    guard recipe.calibrationImages <= set.items.count else {
      throw refusal(
        "it holds \(set.items.count) images, and the packed file was calibrated on "
          + "\(recipe.calibrationImages)")
    }
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages, from: set, seed: recipe.seed,
      transform: packed.transform)
    guard images.digest == digest else {
      throw refusal(
        "the \(recipe.calibrationImages) images that seed \(recipe.seed) draws from it are not "
          + "those of the packed file")
    }
    return images.images
  }
}
