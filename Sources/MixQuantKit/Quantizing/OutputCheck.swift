import Execution
import Files
import Foundation
import Graphs
import Quantization
import Tensors

/// A comparison of a quantized network's logits with those of full precision on a few calibration images.
struct OutputCheck {
  /// The number of images.
  static let imageCount = 8

  /// The mean squared error of the logits, over the variance of full precision's logits.
  let noise: Double
  /// True if full precision gives every image the same logits.
  let imagesAreAlike: Bool

  /// Compares the logits (N, classes) of both networks.
  init(fullPrecision: Tensor, quantized: Tensor) {
    let (rows, classes) = (fullPrecision.shape[0], fullPrecision.shape[1])
    let original = fullPrecision.scalars.map(Double.init)
    let count = Double(original.count)
    let mean = original.reduce(0, +) / count
    let signal = original.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let error =
      zip(original, quantized.scalars).reduce(0) {
        $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1))
      } / count
    noise = signal > 0 ? error / signal : error > 0 ? .infinity : 0
    imagesAreAlike =
      rows > 1
      && (1..<rows).allSatisfy { row in
        original[..<classes].elementsEqual(original[(row * classes)..<((row + 1) * classes)])
      }
  }

  /// The warnings to print, one statement each.
  var warnings: [String] {
    var warnings: [String] = []
    if imagesAreAlike {
      warnings.append(
        "the first calibration images are all alike to the network; use images as varied as those "
          + "that it will see")
    }
    if noise > 1 {
      warnings.append(
        String(format: "the error of the logits is %.3g times their variance: ", noise)
          + "the quantized network has little in common with full precision; use more bits, "
          + "another method or more steps")
    }
    return warnings
  }
}

extension QuantizationRun {
  /// Returns warnings about `quantized`, found on a few calibration images.
  ///
  /// Images that can no longer be read give no warning, because the work is already done.
  ///
  /// - Throws: `badData` if its logits are not finite.
  func warnings(about quantized: QuantizedNetwork) throws -> [String] {
    guard
      let batch = try? images.tensor(first: OutputCheck.imageCount, context: context).images,
      batch.rowCount > 0
    else { return [] }
    let shape = Shape(Array(batch.shape.dimensions.dropFirst()))
    func logits(_ classifier: Classifier) -> Tensor {
      classifier.inference(inputShape: shape, context: context)
        .logits(of: .floats(batch), context: context)
    }
    let outputs = logits(Classifier(quantized))
    guard outputs.scalars.allSatisfy(\.isFinite) else {
      throw InputError(
        .numericFault, "cannot use the quantized network", at: model.url.path,
        because: "its logits on calibration images are not finite",
        try: "check the checkpoint's statistics, or use more bits")
    }
    return OutputCheck(fullPrecision: logits(Classifier(model.network)), quantized: outputs)
      .warnings
  }
}
