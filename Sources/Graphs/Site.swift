/// A place where activations may be observed or quantized, named after what produced them.
///
/// `conv1` is the output of the first layer's ReLU, `layer1.0.conv1` that of a layer inside a block, and
/// `layer1.0` the block's own.
package typealias Site = String

extension Graph {
  /// The nodes after which activations may be quantized, in order: every ReLU.
  ///
  /// Sums before a ReLU, images and logits stay in floating point.
  package var siteNodes: [Int] { nodes.indices.filter { nodes[$0].operation == .relu } }

  /// The names of the sites, in order.
  package var sites: [Site] { siteNodes.map { nodes[$0].name } }

  /// Where the input of each layer comes from, in the order of `layers`.
  ///
  /// Pooling and subsampling behind a site keep its values, or mean them as the last layer's pooling does.
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

/// What a layer reads.
package enum LayerInput: Sendable, Equatable {
  case image
  /// The activations of a site.
  case site(Site)
  /// Values that are never quantized, such as those of an average pooling.
  case floatingPoint
}
