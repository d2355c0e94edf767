import Datasets
package import Files
package import Foundation

extension EvaluationSubject {
  /// Returns the reasons why the score may be too optimistic.
  ///
  /// - Parameter calibration: The pool of a packed file's calibration images. They are drawn again by
  ///   the file's recipe and compared with the evaluation images.
  /// - Throws: `usage` if the model was made without images or with other images than those drawn
  ///   from the pool; the errors of opening the pool.
  package func audit(calibration: URL? = nil) throws(InputError) -> ImageAudit {
    var drawn: [ImageSet] = []
    if let calibration { drawn.append(try calibrationImages(from: calibration)) }
    return ImageAudit(
      evaluation: evaluator.images, calibration: drawn, classCount: model.classCount)
  }

  private func calibrationImages(from pool: URL) throws(InputError) -> ImageSet {
    func refusal(
      _ reason: String, code: ErrorCode = .otherImages,
      try remedy: String = "give the folder that the file was calibrated on"
    ) -> InputError {
      InputError(
        code, "cannot draw the calibration images again", at: pool.path, because: reason,
        try: remedy)
    }
    guard case .packed(let packed) = model, let digest = packed.provenance.calibrationDigest
    else {
      throw refusal(
        "the model was made without calibration images", code: .unusedOption,
        try: "leave out --calibration")
    }
    let recipe = packed.provenance.recipe
    let set = try ImageSet.open(
      pool, purpose: .calibration, skipBadImages: evaluator.skipBadImages)
    guard recipe.calibrationImages <= set.items.count else {
      throw refusal(
        "it holds \(set.items.count) images, but the packed file was calibrated on "
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
