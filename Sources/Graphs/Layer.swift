package import Tensors

/// The position of a layer in its network; the first and the last layer have their own bit-widths.
package enum LayerRole: String, Sendable, Codable {
  case first, inner, last
}

/// A convolution or linear layer of a graph, with the index of its node.
package struct Layer: Sendable, Equatable {
  /// The index of its node.
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
  /// All convolutions and linear layers, in the order of the nodes.
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

  /// The indices in `layers` of each unit's layers.
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

  /// The number of units that are reconstructed: all units with layers except the first.
  package var reconstructedUnitCount: Int { layersOfUnits.count { !$0.isEmpty } - 1 }

  /// The number of classes: the output channels of the last layer.
  package var classCount: Int { layers.last?.outputChannels ?? 0 }

  /// The number of channels of the images.
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

  /// Returns the graph with the weights of one layer replaced.
  ///
  /// - Parameter index: The index of the layer in `layers`.
  package func withWeight(_ weight: Tensor, ofLayer index: Int) -> Graph {
    var weights = layers.map(\.weight)
    weights[index] = weight
    return withWeights(weights)
  }
}
