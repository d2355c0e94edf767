import Foundation
import MixQuantKit
import Testing

/// Learned rounding on the embedded model must stay as good as it was measured: of 500 pictures the
/// checkpoint gets 457 right, and each row was measured 5 or 6 above its floor.
@Suite(.serialized) struct AccuracyFloorTests {
  @Test(
    "Recipe quick keeps the embedded model's accuracy",
    arguments: [(2, 0, 445), (2, 1, 446), (3, 0, 449), (3, 1, 450)])
  func floor(width: Int, seed: Int, floor: Int) throws {
    let (train, validation) = (
      try Pictures(count: 512, seed: 3), try Pictures(count: 500, seed: 4)
    )
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let images = try CalibrationImages(
      folder: train.folder, for: model, count: 512, seed: UInt64(seed))
    let packed = try model.quantized(
      to: .uniform(width, for: model),
      with: Recipe(method: .brecqQuick, seed: UInt64(seed)), on: images)
    let accuracy = try packed.evaluated(on: LabelledImages(folder: validation.folder))
    #expect(accuracy.correct1 >= floor, "\(accuracy.correct1) of \(accuracy.imageCount) right")
  }
}
