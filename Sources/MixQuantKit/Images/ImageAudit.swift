package import Datasets
package import Files
import Foundation

/// What speaks against trusting a score: evaluation images that were calibrated on or trained on.
package struct ImageAudit: Codable, Equatable, Sendable {
  package let evaluationImages: Int
  /// Distinct files or records; none where no calibration images are known.
  package let calibrationImages: Int?
  /// Evaluation images whose content is also a calibration image's, by SHA-256.
  package let inCalibration: Int?
  /// For a network of 1000 classes, images that have the names of ImageNet-1k's training images.
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

  /// Hashes the images whose sizes are in both sets; throws where one cannot be read.
  /// - Parameter calibration: the sets calibrated on, one a seed; empty where they are not known.
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
    // In the order of names, so that of several unreadable images always the same is named.
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

  /// Training images of ILSVRC2012 are `n01440764_10026.JPEG`, validation images
  /// `ILSVRC2012_val_00000293.JPEG`, wherever subsets such as Imagenette put them.
  static func isImageNetTrainingName(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.wholeMatch(of: /n[0-9]{8}_[0-9]+\.(jpeg|jpg|png)/.ignoresCase()) != nil
  }

  /// A statement each, to be printed before any score.
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
