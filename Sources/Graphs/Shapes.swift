package import Files
package import Tensors

extension Graph {
  /// Returns the shape (C, H, W) of every node's value for an input of shape `input`.
  ///
  /// - Throws: `badData` that names the first node that does not fit its inputs.
  package func shapes(for input: Shape) throws(InputError) -> [Shape] {
    var shapes = [input]
    for node in nodes.dropFirst() {
      let inputs = node.inputs.map { shapes[$0] }
      guard let shape = node.operation.outputShape(inputs) else {
        throw InputError(
          .badInputSize, "the network does not fit its input", at: node.name,
          because: "it cannot take \(inputs.map(\.description).joined(separator: " and "))"
            + " when the image is \(input)",
          try: "use images of the size that the network was trained on")
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// Returns the shape (C, H, W) of every node's value for images of `inputSize` pixels.
  ///
  /// The images must fit the network.
  package func shapes(inputSize: (height: Int, width: Int)) -> [Shape] {
    do {
      return try shapes(for: [inputChannels, inputSize.height, inputSize.width])
    } catch { preconditionFailure("\(error)") }
  }
}

/// The cost of a layer for one image.
package struct LayerSize: Sendable, Equatable {
  /// The layer's name, such as `layer1.0.conv1`.
  package let name: String
  package let role: LayerRole
  /// The number of weights and biases.
  package let parameters: Int
  /// The shape of the output for one image, (OC, OH, OW).
  package let outputShape: Shape
  /// The number of multiply-add operations.
  package let multiplyAdds: Int
}

/// The number of activations that pass through a site.
package struct SiteSize: Equatable, Sendable {
  package let site: Site
  /// The number of activations per image.
  package let elementCount: Int

  package init(site: Site, elementCount: Int) {
    self.site = site
    self.elementCount = elementCount
  }
}

extension Graph {
  /// Returns the cost of every layer, in order, for images of `inputSize` pixels.
  package func layerSizes(inputSize: (height: Int, width: Int)) -> [LayerSize] {
    let shapes = shapes(inputSize: inputSize)
    return zip(layers, layerRoles).map { layer, role in
      let output = shapes[layer.node]
      let weights = layer.weight.shape.count
      return LayerSize(
        name: layer.name, role: role, parameters: weights + (layer.bias?.count ?? 0),
        outputShape: output, multiplyAdds: weights * output[1] * output[2])
    }
  }

  /// Returns the size of every site, in order, for images of `inputSize` pixels.
  package func siteSizes(inputSize: (height: Int, width: Int)) -> [SiteSize] {
    let shapes = shapes(inputSize: inputSize)
    return siteNodes.map { SiteSize(site: nodes[$0].name, elementCount: shapes[$0].count) }
  }

  /// Returns the number of floats of the largest output of a unit; the last one has a float per class.
  ///
  /// - Parameter inputSize: The height and width of one image in pixels.
  package func largestFeatures(inputSize: (height: Int, width: Int)) -> Int {
    let shapes = shapes(inputSize: inputSize)
    return units.map { shapes[$0.nodes.upperBound - 1].count }.max() ?? 0
  }

  /// The number of weights, biases and parameters of batch normalisation (two per channel).
  package var parameterCount: Int {
    nodes.reduce(0) { sum, node in
      switch node.operation {
      case .convolution(let convolution):
        sum + convolution.weight.scalars.count + (convolution.bias?.count ?? 0)
      case .batchNorm(let batchNorm): sum + 2 * batchNorm.channels
      default: sum
      }
    }
  }
}
