package import Tensors

/// What a layer costs for one image.
package struct LayerSize: Sendable, Equatable {
  /// The layer's name, such as `layer1.0.conv1`.
  package let name: String
  package let role: LayerRole
  /// Weights and biases, or the scales and shifts of the batch normalisation.
  package let parameters: Int
  /// The output of one image, (OC, OH, OW).
  package let outputShape: Shape
  /// Multiply–add operations of the convolution.
  package let multiplyAdds: Int
}

extension ResNet {
  /// The cost of every layer, in module order, for images of `inputSize` pixels.
  package func layerSizes(inputSize: (height: Int, width: Int)) -> [LayerSize] {
    var size = inputSize
    var sizes = [stem.convolution.size(.stem, &size)]
    if stem.hasMaxPool { size = halved(size) }
    for block in blocks {
      var shortcutSize = size
      for convolution in block.branch { sizes.append(convolution.size(.body, &size)) }
      if case .projection(let convolution) = block.shortcut {
        sizes.append(convolution.size(.body, &shortcutSize))
      }
    }
    size = (1, 1)
    return sizes + [head.size(.head, &size)]
  }

  /// Floats of the largest maps that enter or leave a block, for an image of `inputSize` pixels.
  package func largestFeatures(inputSize: (height: Int, width: Int)) -> Int {
    var size = inputSize
    let channels = stem.convolution.size(.stem, &size).outputShape[0]
    if stem.hasMaxPool { size = halved(size) }
    return blocks.reduce(channels * size.height * size.width) { largest, block in
      for convolution in block.branch { _ = convolution.size(.body, &size) }
      return max(largest, block.outputChannels * size.height * size.width)
    }
  }

  // 3×3 windows at stride 2 with padding 1
  private func halved(_ size: (height: Int, width: Int)) -> (height: Int, width: Int) {
    ((size.height - 1) / 2 + 1, (size.width - 1) / 2 + 1)
  }
}

extension Conv2d {
  /// The layer's size for maps of `mapSize` pixels, which becomes that of its output.
  fileprivate func size(
    _ role: LayerRole, _ mapSize: inout (height: Int, width: Int)
  ) -> LayerSize {
    mapSize = (
      geometry.outputExtent(mapSize.height, kernel: weight.shape[2]),
      geometry.outputExtent(mapSize.width, kernel: weight.shape[3])
    )
    let weights = weight.shape.count
    let perChannel = (bias == nil ? 0 : 1) + (batchNorm == nil ? 0 : 2)
    return LayerSize(
      name: name, role: role, parameters: weights + perChannel * outputChannels,
      outputShape: [outputChannels, mapSize.height, mapSize.width],
      multiplyAdds: weights * mapSize.height * mapSize.width)
  }
}
