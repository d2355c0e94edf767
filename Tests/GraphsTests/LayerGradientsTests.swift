import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Gradients at every layer of a network")
struct LayerGradientsTests {
  @Test(
    "Gradients give the numeric slope of a loss along random changes of a layer's weights and bias")
  func slopes() {
    for (network, size) in [(tinyResNet(seed: 1), 8), (tinyBottleneckResNet(seed: 2), 32)] {
      let network = network.foldingBatchNorm()
      let layers = network.layers
      let images = randomTensor([2, 3, size, size], seed: 3)
      let trace = network.trace(images)
      let weights = randomTensor(trace.output.shape, seed: 4)
      var shown: [Int] = []
      _ = network.backward(
        trace, outputGradient: weights,
        visit: { node, gradient in
          guard let index = layers.firstIndex(where: { $0.node == node }) else { return }
          let layer = layers[index]
          shown.append(index)
          let direction = Direction(layer, seed: UInt64(10 + index))
          let input = trace[network.nodes[node].inputs[0]]
          let slope = direction.slope(
            weightGradient: layer.convolution.weightGradient(
              input: input, outputGradient: gradient),
            outputGradient: gradient)
          let numeric = network.slope(layer: index, along: direction) { changed in
            weighted(changed(images).doubles, by: weights)
          }
          #expect(abs(slope - numeric) < 0.02 * abs(numeric) + 0.02, "\(layer.name)")
        })
      #expect(shown.sorted() == Array(layers.indices))
    }
  }
}

/// A random change of one layer's bias, and of its weights in proportion to their magnitude.
private struct Direction {
  let weight: [Float]
  let bias: [Float]

  init(_ layer: Layer, seed: UInt64) {
    let noise = randomTensor(layer.weight.shape, seed: seed)
    weight = zip(noise.scalars, layer.weight.scalars).map { $0 * abs($1) }
    bias = randomTensor([layer.outputChannels], seed: seed + 100).scalars
  }

  /// Returns the slope of the loss along this direction, from the layer's gradients.
  func slope(weightGradient: Tensor, outputGradient: Tensor) -> Double {
    let (channels, planeSize) = (bias.count, outputGradient.shape[2] * outputGradient.shape[3])
    let ofWeights = zip(weight, weightGradient.scalars).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    let ofBias = outputGradient.scalars.enumerated().reduce(0.0) {
      $0 + Double($1.element * bias[$1.offset / planeSize % channels])
    }
    return ofWeights + ofBias
  }
}

extension Graph {
  fileprivate func slope(
    layer index: Int, along direction: Direction, loss: (Graph) -> Double
  ) -> Double {
    // Larger steps cross more corners of the ReLUs, smaller ones drown in Float's roundoff.
    let step: Float = 3e-4
    let node = layers[index].node
    func moved(_ step: Float) -> Graph {
      mapLayers { layer in
        guard layer.node == node else { return layer.convolution }
        var changed = layer.convolution
        let bias = changed.bias ?? [Float](repeating: 0, count: direction.bias.count)
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
