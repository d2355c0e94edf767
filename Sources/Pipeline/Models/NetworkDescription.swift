package import Files
package import Networks
package import Tensors

/// A network without its numbers: what a packed file must say so that its tensors become one again.
package struct NetworkDescription: Codable, Equatable, Sendable {
  /// A convolution, or the head as one.
  package struct Layer: Codable, Equatable, Sendable {
    package let name: String
    /// (OC, C/groups, KH, KW).
    package let shape: [Int]
    package let stride: Int
    package let padding: Int
    package let groups: Int
  }

  /// What a block adds to its branch, see `Shortcut`.
  package enum ShortcutDescription: Codable, Equatable, Sendable {
    case identity
    case projection(convolution: Layer)
    case subsampling(stride: Int, padding: Int)
  }

  /// A residual block.
  package struct Block: Codable, Equatable, Sendable {
    package let name: String
    package let branch: [Layer]
    package let shortcut: ShortcutDescription
  }

  package let architecture: String
  package let stem: Layer
  package let hasMaxPool: Bool
  package let blocks: [Block]
  package let head: Layer

  /// The outline of `network`.
  package init(of network: ResNet) {
    architecture = network.architecture
    stem = Layer(network.stem.convolution)
    hasMaxPool = network.stem.hasMaxPool
    blocks = network.blocks.map { block in
      Block(
        name: block.name, branch: block.branch.map(Layer.init),
        shortcut: ShortcutDescription(block.shortcut))
    }
    head = Layer(network.head)
  }

  /// The folded network whose layers have the weights and biases that `parameters` gives by name.
  ///
  /// It is asked in module order. Throws what it throws, and `badData` for layers that do not make a
  /// network.
  package func network(
    parameters: (Layer) throws(InputError) -> (weight: Tensor, bias: [Float]?)
  ) throws(InputError) -> ResNet {
    try validate()
    func convolution(_ layer: Layer) throws(InputError) -> Conv2d {
      let (weight, bias) = try parameters(layer)
      return Conv2d(
        name: layer.name, weight: weight, bias: bias,
        geometry: .init(stride: layer.stride, padding: layer.padding, groups: layer.groups))
    }
    let stem = Stem(convolution: try convolution(stem), hasMaxPool: hasMaxPool)
    var built: [ResidualBlock] = []
    for block in blocks {
      var branch: [Conv2d] = []
      for layer in block.branch { branch.append(try convolution(layer)) }
      let shortcut: Shortcut =
        switch block.shortcut {
        case .identity: .identity
        case .projection(let layer): .projection(try convolution(layer))
        case .subsampling(let stride, let padding):
          .subsampling(stride: stride, padding: padding)
        }
      built.append(ResidualBlock(name: block.name, branch: branch, shortcut: shortcut))
    }
    return ResNet(
      architecture: architecture, stem: stem, blocks: built, head: try convolution(head))
  }
}

extension NetworkDescription.Layer {
  init(_ convolution: Conv2d) {
    self.init(
      name: convolution.name, shape: convolution.weight.shape.dimensions,
      stride: convolution.geometry.stride, padding: convolution.geometry.padding,
      groups: convolution.geometry.groups)
  }
}

extension NetworkDescription.ShortcutDescription {
  init(_ shortcut: Shortcut) {
    self =
      switch shortcut {
      case .identity: .identity
      case .projection(let convolution): .projection(convolution: .init(convolution))
      case .subsampling(let stride, let padding): .subsampling(stride: stride, padding: padding)
      }
  }
}
