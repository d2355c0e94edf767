package import Execution
import Datasets
import Foundation
import Tensors

extension CalibrationSet {
  /// The number of images to compare with each other.
  private static let compared = 16

  /// The difference below which images are alike, in standard deviations of pixels.
  ///
  /// One of 255 steps of brightness is about 0.017 of ImageNet's standard deviations.
  private static let smallestDifference = 0.02

  /// Returns a warning if the images are all alike.
  ///
  /// Ranges and roundings that fit one picture fit nothing else. Images that cannot be read are
  /// reported when they are used.
  package func warnings(context: Context) -> [String] {
    var rows: [Tensor] = []
    let reader = BatchReader(
      images: images.limited(to: Self.compared), transform: transform,
      batchSize: Self.compared, context: context, skipBadImages: true)
    guard (try? reader.forEach({ rows.append($0.images) })) != nil, !rows.isEmpty else { return [] }
    let inputs = Tensor(joining: rows)
    guard inputs.rowCount > 1, inputs.differenceFromMean < Self.smallestDifference else {
      return []
    }
    return [
      String(
        format: "warning    the calibration images are all alike: %d of them differ by %.3f "
          + "standard deviations; give different pictures", inputs.rowCount,
        inputs.differenceFromMean)
    ]
  }
}

extension Tensor {
  /// The root mean square difference of the rows from their mean.
  fileprivate var differenceFromMean: Double {
    let count = scalars.count / rowCount
    var sum = 0.0
    for place in 0..<count {
      let values = (0..<rowCount).map { Double(scalars[$0 * count + place]) }
      let mean = values.reduce(0, +) / Double(rowCount)
      for value in values { sum += (value - mean) * (value - mean) }
    }
    return (sum / Double(scalars.count)).squareRoot()
  }
}
