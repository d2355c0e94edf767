package import Tensors

/// Where a layer stands: the first and the last one are quantized by rules of their own.
package enum LayerRole: String, Sendable, Codable {
  case first, inner, last
}

/// A convolution or linear layer of a graph, with its place there.
package struct Layer: Sendable, Equatable {
  /// The number of its node.
  package let node: Int
  /// The name of its module in the checkpoint, such as `layer1.0.conv1`.
  package let name: String
  package var convolution: Convolution

  package var weight: Tensor { convolution.weight }
  package var bias: [Float]? { convolution.bias }
  package var geometry: ConvolutionGeometry { convolution.geometry }
  package var outputChannels: Int { convolution.outputChannels }
}

extension Graph {
  /// Every convolution and linear layer, in the order of the nodes.
  package var layers: [Layer] {
    nodes.indices.compactMap { index in
      guard case .convolution(let convolution) = nodes[index].operation else { return nil }
      return Layer(node: index, name: nodes[index].name, convolution: convolution)
    }
  }

  /// The roles of `layers`, in the same order.
  package var layerRoles: [LayerRole] {
    let count = layers.count
    return (0..<count).map { $0 == 0 ? .first : $0 == count - 1 ? .last : .inner }
  }

  /// The numbers in `layers` of the layers of each unit.
  package var layersOfUnits: [Range<Int>] {
    var first = 0
    return units.map { unit in
      let count = nodes[unit.nodes].count {
        if case .convolution = $0.operation { true } else { false }
      }
      defer { first += count }
      return first..<first + count
    }
  }

  /// The number of units that are reconstructed: all with layers but the first.
  package var reconstructedUnitCount: Int { layersOfUnits.count { !$0.isEmpty } - 1 }

  /// The number of classes, or of channels that the last layer gives.
  package var classCount: Int { layers.last?.outputChannels ?? 0 }

  /// The channels of the images.
  package var inputChannels: Int { layers.first?.convolution.inputChannels ?? 0 }

  /// Returns the graph with every convolution replaced, in the order of `layers`.
  package func mapLayers(_ transform: (Layer) throws -> Convolution) rethrows -> Graph {
    var graph = self
    for layer in layers {
      graph.nodes[layer.node].operation = .convolution(try transform(layer))
    }
    return graph
  }

  /// Returns the graph with the weights of its layers replaced, in the order of `layers`.
  package func withWeights(_ weights: [Tensor]) -> Graph {
    var remaining = weights[...]
    return mapLayers { layer in
      var replaced = layer.convolution
      replaced.weight = remaining.removeFirst()
      return replaced
    }
  }
}
