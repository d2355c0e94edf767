package import Networks
package import Tensors

/// A network without its numbers: what a packed file must say so that its tensors become one again.
package struct NetworkDescription: Codable, Equatable, Sendable {
  package struct Layer: Codable, Equatable, Sendable {
    package let name: String
    /// (OC, C/groups, KH, KW)
    package let shape: [Int]
    package let stride: Int
    package let padding: Int
    package let groups: Int
  }

  /// Exactly one of these is there, except for the identity, which has neither.
  package struct ShortcutDescription: Codable, Equatable, Sendable {
    var projection: Layer?
    var subsampling: [Int]?
  }

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

  /// The folded network whose layers have the weights and biases that `parameters` gives by name; throws
  /// what it throws, and `badData` for shapes that do not make a network.
  package func network(
    parameters: (Layer) throws(InputError) -> (weight: Tensor, bias: [Float]?)
  ) throws(InputError) -> ResNet {
    func convolution(_ layer: Layer) throws(InputError) -> Conv2d {
      try layer.validate()
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
      guard branch.count > 1 else { throw Self.misfit(block.name, "its branch is too short") }
      let shortcut: Shortcut =
        if let projection = block.shortcut.projection {
          .projection(try convolution(projection))
        } else if let numbers = block.shortcut.subsampling {
          try Self.subsampling(numbers, in: block.name)
        } else { .identity }
      built.append(ResidualBlock(name: block.name, branch: branch, shortcut: shortcut))
    }
    let network = ResNet(
      architecture: architecture, stem: stem, blocks: built, head: try convolution(head))
    try network.validateChannels()
    return network
  }

  private static func subsampling(
    _ numbers: [Int], in block: String
  ) throws(InputError) -> Shortcut {
    guard numbers.count == 2, numbers[0] > 0, numbers[1] >= 0 else {
      throw misfit(block, "its shortcut is \(numbers), not a stride and a padding")
    }
    return .subsampling(stride: numbers[0], padding: numbers[1])
  }

  static func misfit(_ place: String, _ reason: String) -> InputError {
    InputError(
      .badData, "the packed file does not describe a network", at: place, because: reason,
      try: "quantize the checkpoint again")
  }
}

extension NetworkDescription.Layer {
  init(_ convolution: Conv2d) {
    self.init(
      name: convolution.name, shape: convolution.weight.shape.dimensions,
      stride: convolution.geometry.stride, padding: convolution.geometry.padding,
      groups: convolution.geometry.groups)
  }

  func validate() throws(InputError) {
    guard shape.count == 4, shape.allSatisfy({ (1...1 << 20).contains($0) }),
      shape.reduce(1.0, { $0 * Double($1) }) < 1e10, (1...64).contains(stride),
      (0...64).contains(padding), groups > 0, shape[0] % groups == 0
    else { throw NetworkDescription.misfit(name, "its shape is \(shape), in \(groups) groups") }
  }
}

extension NetworkDescription.ShortcutDescription {
  init(_ shortcut: Shortcut) {
    switch shortcut {
    case .identity: self.init()
    case .projection(let convolution): self.init(projection: .init(convolution))
    case .subsampling(let stride, let padding): self.init(subsampling: [stride, padding])
    }
  }
}

extension ResNet {
  /// Checks that every layer takes as many channels as the one before gives.
  fileprivate func validateChannels() throws(InputError) {
    func channels(after input: Int, _ layer: Conv2d) throws(InputError) -> Int {
      let expected = layer.weight.shape[1] * layer.geometry.groups
      guard expected == input else {
        throw NetworkDescription.misfit(
          layer.name, "it takes \(expected) channels and is given \(input)")
      }
      return layer.outputChannels
    }
    var width = try channels(after: 3, stem.convolution)
    for block in blocks {
      var output = width
      for layer in block.branch { output = try channels(after: output, layer) }
      switch block.shortcut {
      case .identity: break
      case .projection(let layer): width = try channels(after: width, layer)
      case .subsampling(_, let padding): width += 2 * padding
      }
      guard width == output else {
        throw NetworkDescription.misfit(
          block.name, "its branch gives \(output) channels and its shortcut \(width)")
      }
    }
    _ = try channels(after: width, head)
  }
}
