import Networks
import Tensors

/// A part of a network that features pass through on their way from image to logits.
enum Stage: Sendable {
  case stem(Stem)
  case block(ResidualBlock)
  case head(ResNet)

  var layers: [Conv2d] {
    switch self {
    case .stem(let stem): [stem.convolution]
    case .block(let block): block.layers
    case .head(let network): [network.head]
    }
  }

  /// The sites inside the stage, in network order.
  var activationSites: [ActivationSite] {
    switch self {
    case .stem(let stem): [stem.convolution.name]
    case .block(let block): block.activationSites
    case .head: []
    }
  }

  func callAsFunction(_ features: Tensor, activations: ActivationMap? = nil) -> Tensor {
    switch self {
    case .stem(let stem): stem(features, activations: activations)
    case .block(let block): block(features, activations: activations)
    case .head(let network): network.logits(features: features)
    }
  }

  /// The stage with `layer` in the place of the one of its name.
  func replacing(_ layer: Conv2d) -> Stage {
    switch self {
    case .stem(let stem):
      return .stem(Stem(convolution: layer, hasMaxPool: stem.hasMaxPool))
    case .block(let block):
      return .block(block.mapLayers { $0.name == layer.name ? layer : $0 })
    case .head(var network):
      network.head = layer
      return .head(network)
    }
  }
}

extension ResNet {
  /// The network as parts that work one after the other.
  var stages: [Stage] { [.stem(stem)] + blocks.map(Stage.block) + [.head(self)] }
}
