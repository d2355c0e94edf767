import Datasets
import Files
import Foundation
import TestSupport
import Testing

@Suite("Image processors of Hugging Face")
struct ProcessorConfigurationTests {
  private func transform(_ json: String) throws -> Transform? {
    try TransformConfiguration(Data(json.utf8), name: "preprocessor_config.json").transform
  }

  @Test("ConvNeXt's processor, which ResNets use: the short side is ⌊side / crop_pct⌋")
  func convNext() throws {
    let transform = try transform(
      """
      {"image_processor_type": "ConvNextImageProcessor", "do_resize": true, "crop_pct": 0.875,
       "size": {"shortest_edge": 224}, "resample": 3, "do_normalize": true, "do_rescale": true,
       "rescale_factor": 0.00392156862745098, "image_mean": [0.485, 0.456, 0.406],
       "image_std": [0.229, 0.224, 0.225]}
      """)
    #expect(
      transform
        == Transform(resize: 256, crop: 224, interpolation: .bicubic, roundsCropDown: true))
  }

  @Test("Short side and crop as separate sizes; an old feature extractor with one number")
  func sizes() throws {
    let separate = try transform(
      """
      {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 232},
       "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "resample": 2}
      """)
    #expect(separate == Transform(resize: 232, crop: 224, roundsCropDown: true))
    let old = try transform(
      #"{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "resample": 3}"#)
    #expect(old?.resize == 256 && old?.crop == 224)
  }

  @Test("Pixels that are not rescaled or not normalised")
  func scales() throws {
    let raw = try transform(
      #"{"size": {"shortest_edge": 32}, "do_normalize": false, "do_rescale": false}"#)
    #expect(raw?.mean == [0, 0, 0] && raw?.std == [1 / 255, 1 / 255, 1 / 255])
    let symmetric = try transform(
      """
      {"size": {"shortest_edge": 32}, "rescale_factor": 0.00784313725490196,
       "image_mean": [1, 1, 1], "image_std": [1, 1, 1]}
      """)
    #expect(abs((symmetric?.mean[0] ?? 0) - 0.5) < 1e-9)
  }

  @Test(
    "Settings that cannot be followed exactly are refused",
    arguments: [
      #"{"size": {"height": 224, "width": 224}}"#,
      #"{"size": {"shortest_edge": 384}, "crop_pct": 1}"#,
      #"{"size": {"shortest_edge": 224}, "resample": 1}"#,
      #"{"size": {"shortest_edge": 224}, "do_center_crop": true, "crop_size": {"height": 2, "width": 3}}"#,
    ])
  func refusals(json: String) {
    let error = inputError { _ = try transform(json) }
    #expect(error?.kind == .badData && error?.remedy.contains("--crop") == true)
  }

  @Test("The crop's offset is rounded down; torchvision's is rounded half to even")
  func cropOffset() {
    #expect(CropOffset.down == 1 && CropOffset.even == 2)
  }

  /// The offset of a crop of 2 out of 5 pixels, read from the pixels themselves.
  private enum CropOffset {
    static let down = first(
      Transform(resize: nil, crop: 2, mean: [0], std: [1], roundsCropDown: true))
    static let even = first(Transform(resize: nil, crop: 2, mean: [0], std: [1]))

    private static func first(_ transform: Transform) -> Int {
      let values = (0..<25).flatMap { [UInt8](repeating: UInt8($0), count: 3) }
      var output = [Float](repeating: 0, count: 4)
      output.withUnsafeMutableBufferPointer {
        transform(Image(width: 5, height: 5, pixels: values), into: $0)
      }
      return Int((output[0] * 255).rounded()) % 5
    }
  }
}
