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

  /// Compares the contents of evaluation and calibration images.
  ///
  /// Only images whose size occurs in both sets are hashed.
  ///
  /// - Parameter calibration: The calibration images, one set per seed; empty if they are not known.
  /// - Throws: An error if an image cannot be read.
  package init(
    evaluation: ImageSet, calibration: [ImageSet], classCount: Int
  ) throws(InputError) {
    evaluationImages = evaluation.items.count
    namedAsImageNetTraining =
      classCount == ImageNetClasses.wnids.count
      ? evaluation.items.count { Self.isImageNetTrainingName($0.name) } : nil
    guard !calibration.isEmpty else {
      (calibrationImages, inCalibration) = (nil, nil)
      return
    }
    var drawn: [String: (item: ImageSet.Item, set: ImageSet)] = [:]
    for set in calibration {
      for item in set.items { drawn[item.name] = (item, set) }
    }
    calibrationImages = drawn.count
    let sizes = Set(evaluation.items.map(\.byteCount))
    var digests: Set<String> = []
    // In the order of names, so that the error always names the same unreadable image.
    for (_, (item, set)) in drawn.sorted(by: { $0.key < $1.key })
    where sizes.contains(item.byteCount) {
      digests.insert(SHA256.hexDigest(of: try set.contents(of: item)))
    }
    let drawnSizes = Set(drawn.values.map(\.item.byteCount))
    var shared = 0
    for item in evaluation.items where drawnSizes.contains(item.byteCount) {
      let digest = SHA256.hexDigest(of: try evaluation.contents(of: item))
      if digests.contains(digest) { shared += 1 }
    }
    inCalibration = shared
  }

  /// Returns true for names of ILSVRC2012's training images, such as `n01440764_10026.JPEG`.
  ///
  /// Validation images have other names, such as `ILSVRC2012_val_00000293.JPEG`. Subsets such as
  /// Imagenette keep the names.
  static func isImageNetTrainingName(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.wholeMatch(of: /n[0-9]{8}_[0-9]+\.(jpeg|jpg|png)/.ignoresCase()) != nil
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
