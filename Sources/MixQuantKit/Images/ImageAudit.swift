package import Datasets
package import Files
import Foundation

/// Evaluation images that were also used in calibration or training, which makes scores optimistic.
package struct ImageAudit: Codable, Equatable, Sendable {
  package let evaluationImages: Int
  /// The number of distinct calibration images; nil if they are not known.
  package let calibrationImages: Int?
  /// The number of evaluation images with the content (SHA-256) of a calibration image.
  package let inCalibration: Int?
  /// The number of images named like ImageNet-1k's training images; nil without 1000 classes.
  package let namedAsImageNetTraining: Int?

  private enum CodingKeys: String, CodingKey {
    case evaluationImages = "evaluation_images"
    case calibrationImages = "calibration_images"
    case inCalibration = "in_calibration"
    case namedAsImageNetTraining = "named_as_imagenet_training"
  }

  package init(
    evaluationImages: Int, calibrationImages: Int?, inCalibration: Int?,
    namedAsImageNetTraining: Int?
  ) {
    self.evaluationImages = evaluationImages
    self.calibrationImages = calibrationImages
    self.inCalibration = inCalibration
    self.namedAsImageNetTraining = namedAsImageNetTraining
  }

  /// Compares evaluation and calibration images.
  ///
  /// An image is in both sets if its file is the same or if the contents are equal. Only images
  /// whose size occurs in both sets are hashed. Images without a readable file do not count,
  /// because they are not scored either.
  ///
  /// - Parameter calibration: The calibration images, one set per seed; empty if they are not known.
  package init(evaluation: ImageSet, calibration: [ImageSet], classCount: Int) {
    evaluationImages = evaluation.items.count
    namedAsImageNetTraining =
      classCount == ImageNetClasses.wnids.count
      ? evaluation.items.count { Self.isImageNetTrainingName($0.name) } : nil
    guard !calibration.isEmpty else {
      (calibrationImages, inCalibration) = (nil, nil)
      return
    }
    let drawn = DrawnImages(calibration)
    calibrationImages = drawn.count
    inCalibration = drawn.count(in: evaluation)
  }

  /// Returns true for names of ILSVRC2012's training images, such as `n01440764_10026.JPEG`.
  ///
  /// Validation images have other names, such as `ILSVRC2012_val_00000293.JPEG`. Subsets such as
  /// Imagenette keep the names.
  static func isImageNetTrainingName(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.wholeMatch(of: /n[0-9]{8}_[0-9]+\.(jpeg|jpg|png)/.ignoresCase()) != nil
  }

  /// Throws `usage` if evaluation images are also calibration images.
  package func requireNoOverlap() throws(InputError) {
    guard let calibrationImages, let inCalibration, inCalibration > 0 else { return }
    throw InputError(
      .sharedImages, "calibration and evaluation share images", at: "--data",
      because: "\(inCalibration) of \(evaluationImages) evaluation images are also among the "
        + "\(calibrationImages) calibration images, so the scores would be optimistic",
      try: "give different folders, or accept this with --allow-overlap")
  }

  /// The lines that make scores doubtful.
  package var warnings: [String] {
    lines.filter { inCalibration ?? 0 > 0 || !$0.hasPrefix("overlap") }
  }

  /// The lines to print before any score.
  package var lines: [String] {
    var lines: [String] = []
    if let calibrationImages, let inCalibration {
      lines.append(
        "overlap    \(inCalibration) of \(evaluationImages) evaluation images are also among the "
          + "\(calibrationImages) calibration images, by content"
          + (inCalibration > 0 ? ": the scores are optimistic" : ""))
    }
    if let namedAsImageNetTraining, namedAsImageNetTraining > 0 {
      lines.append(
        "warning    \(namedAsImageNetTraining) of \(evaluationImages) evaluation images have the "
          + "names of ImageNet training images: optimistic if trained on ImageNet-1k")
    }
    return lines
  }
}
