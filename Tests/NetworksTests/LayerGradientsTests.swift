import Networks
import Tensors
import TestSupport
import Testing

@Suite("Gradients at every layer of a network")
struct LayerGradientsTests {
  @Test(
    "They give the numeric slope of a loss along random changes of each layer's weights and bias")
  func slopes() {
    for (network, size) in [(tinyResNet(seed: 1), 8), (tinyBottleneckResNet(seed: 2), 32)] {
      let network = network.foldingBatchNorm()
      let images = randomTensor([2, 3, size, size], seed: 3)
      let weights = randomTensor([2, 10], seed: 4)
      let trace = network.trace(images)
      #expect(trace.logits == network(images))
      var shown: [Int] = []
      network.forEachLayerGradient(trace, logitsGradient: weights) { index, input, gradient in
        let layer = network.layers[index]
        shown.append(index)
        let direction = Direction(layer, seed: UInt64(10 + index))
        let slope = direction.slope(
          weightGradient: layer.weightGradient(input: input, outputGradient: gradient),
          outputGradient: gradient)
        let numeric = network.slope(layer: index, along: direction) { changed in
          zip(changed(images).doubles, weights.doubles).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(abs(slope - numeric) < 0.02 * abs(numeric) + 0.02, "\(layer.name)")
      }
      #expect(shown.sorted() == Array(network.layers.indices))
    }
  }
}

/// A random change of one layer's weights and bias, of their size.
private struct Direction {
  let weight: [Float]
  let bias: [Float]

  init(_ layer: Conv2d, seed: UInt64) {
    let noise = randomTensor(layer.weight.shape, seed: seed)
    weight = zip(noise.scalars, layer.weight.scalars).map { $0 * abs($1) }
    bias = randomTensor([layer.outputChannels], seed: seed + 100).scalars
  }

  /// The loss's slope along this direction, by the layer's gradients.
  func slope(weightGradient: Tensor, outputGradient: Tensor) -> Double {
    let (channels, planeSize) = (bias.count, outputGradient.shape[2] * outputGradient.shape[3])
    let ofWeights = zip(weight, weightGradient.scalars).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    let ofBias = outputGradient.scalars.enumerated().reduce(0.0) {
      $0 + Double($1.element * bias[$1.offset / planeSize % channels])
    }
    return ofWeights + ofBias
  }
}

extension ResNet {
  fileprivate func slope(
    layer: Int, along direction: Direction, loss: (ResNet) -> Double
  ) -> Double {
    // Larger steps cross more corners of the ReLUs, smaller ones drown in Float's roundoff.
    let step: Float = 3e-4
    func moved(_ step: Float) -> ResNet {
      var index = -1
      return mapLayers { convolution in
        index += 1
        guard index == layer else { return convolution }
        var changed = convolution
        let bias = convolution.bias ?? [Float](repeating: 0, count: direction.bias.count)
        changed.bias = zip(bias, direction.bias).map { $0 + step * $1 }
        changed.weight.scalars = zip(changed.weight.scalars, direction.weight).map {
          $0 + step * $1
        }
        return changed
      }
    }
    return (loss(moved(step)) - loss(moved(-step))) / (2 * Double(step))
  }
}
