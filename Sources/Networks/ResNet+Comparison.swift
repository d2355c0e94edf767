package import Tensors

extension ResNet {
  /// The largest difference between the logits of this network and `other` on `images` (N, 3, H,
  /// W), and the same over the largest |logit| of `other`.
  package func largestDifference(
    from other: ResNet, on images: Tensor, workers: Workers = .one
  ) -> (absolute: Double, relative: Double) {
    let pairs = zip(self(images, workers: workers).scalars, other(images, workers: workers).scalars)
    var largest = 0.0
    var magnitude = 0.0
    for (logit, reference) in pairs {
      // A logit that is not a number must not pass as a small difference.
      let difference = abs(Double(logit) - Double(reference))
      largest = difference.isNaN ? .infinity : max(largest, difference)
      magnitude = max(magnitude, abs(Double(reference)))
    }
    return (largest, magnitude > 0 ? largest / magnitude : largest)
  }
}
