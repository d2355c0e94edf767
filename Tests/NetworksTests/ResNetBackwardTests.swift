import Networks
import Tensors
import TestSupport
import Testing

@Suite("The gradient through the rest of a network")
struct ResNetBackwardTests {
  @Test("It is the numeric difference of a loss on the logits", arguments: [0, 1, 2, 3])
  func tailGradient(first: Int) {
    let network = tinyResNet(seed: 6).foldingBatchNorm()
    let shapes: [Shape] = [[2, 8, 8, 8], [2, 8, 8, 8], [2, 16, 4, 4], [2, 32, 2, 2]]
    var features = randomTensor(shapes[first], seed: 7)
    features.relu()
    let weights = randomTensor([2, 10], seed: 8)
    let gradient = network.tailGradient(from: first, features: features) { _ in weights }

    func loss(_ features: [Double]) -> Double {
      var features = features
      for (block, shape) in zip(network.blocks[first...], shapes[first...]) {
        let reference = ReferenceBlock(block: block, inputShape: shape)
        features = reference.output(features, weights: block.layers.map(\.weight.doubles))
      }
      return weightedLogits(features, network.head, weights.doubles)
    }
    let step = 1e-6
    let coordinates = Array(stride(from: 0, to: features.scalars.count, by: 11))
    let differences = coordinates.map { (coordinate: Int) -> Double in
      var ahead = features.doubles
      var behind = ahead
      ahead[coordinate] += step
      behind[coordinate] -= step
      return (loss(ahead) - loss(behind)) / (2 * step)
    }
    #expect(gradient.shape == features.shape)
    #expect(relativeError(coordinates.map { gradient.scalars[$0] }, differences) < 1e-5)
  }

  /// Σ weight · logit of two images' features (2, 32, 2·2), the head being linear on their means.
  private func weightedLogits(_ features: [Double], _ head: Conv2d, _ weights: [Double]) -> Double {
    let planeSize = features.count / 64
    let means = (0..<64).map { plane in
      features[plane * planeSize..<(plane + 1) * planeSize].reduce(0, +) / Double(planeSize)
    }
    return (0..<20).reduce(0.0) { sum, index in
      let (image, label) = (index / 10, index % 10)
      let logit = (0..<32).reduce(Double(head.bias?[label] ?? 0)) {
        $0 + means[image * 32 + $1] * head.weight.doubles[label * 32 + $1]
      }
      return sum + weights[index] * logit
    }
  }
}
