/// The name of a place where activations may be observed or quantized.
///
/// `conv1` is the output of the first layer's ReLU. `layer1.0.conv1` is the output of the ReLU of a
/// layer inside a block. `layer1.0` is the output of the block's last ReLU.
package typealias Site = String

extension Graph {
  /// The nodes after which activations may be quantized, in order: every ReLU.
  ///
  /// Sums before a ReLU, images and logits stay in floating point.
  package var siteNodes: [Int] { nodes.indices.filter { nodes[$0].operation == .relu } }

  /// The names of the sites, in order.
  package var sites: [Site] { siteNodes.map { nodes[$0].name } }

  /// The source of each layer's input, in the order of `layers`.
  ///
  /// Pooling and subsampling after a site count as that site: they keep its values or, before the
  /// last layer, average them.
  package var layerInputs: [LayerInput] {
    layers.map { layer in
      var node = nodes[layer.node].inputs[0]
      while true {
        switch nodes[node].operation {
        case .input: return .image
        case .relu: return .site(nodes[node].name)
        case .maxPool, .subsample, .globalAveragePool: node = nodes[node].inputs[0]
        default: return .floatingPoint
        }
      }
    }
  }
}

/// The source of a layer's input.
package enum LayerInput: Sendable, Equatable {
  case image
  /// The activations of a site.
  case site(Site)
  /// Values that are never quantized, such as the output of an average pooling.
  case floatingPoint
}
