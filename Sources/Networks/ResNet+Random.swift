package import Execution
internal import Tensors

extension ResNet {
  /// A torchvision ResNet-18, 34 or 50 of 1000 classes with He-normal weights and zero biases, folded:
  /// the shapes of the real one, for measurements.
  package static func random(depth: Int, generator: inout SplitMix64) -> ResNet {
    let expansion = depth >= 50 ? 4 : 1
    let counts = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3]
    let stem = Conv2d.random("conv1", 3, 64, kernel: 7, stride: 2, &generator)
    var blocks: [ResidualBlock] = []
    var channels = 64
    for (stage, count) in counts.enumerated() {
      let width = 64 << stage
      for index in 0..<count {
        blocks.append(
          .random(
            "layer\(stage + 1).\(index)", channels, width: width, expansion: expansion,
            stride: stage > 0 && index == 0 ? 2 : 1, &generator))
        channels = width * expansion
      }
    }
    return ResNet(
      architecture: "ResNet-\(depth)", stem: Stem(convolution: stem, hasMaxPool: true),
      blocks: blocks, head: .random("fc", channels, 1000, &generator))
  }
}

extension ResidualBlock {
  /// A basic block, or with an `expansion` a bottleneck that widens by it.
  fileprivate static func random(
    _ name: String, _ input: Int, width: Int, expansion: Int, stride: Int,
    _ generator: inout SplitMix64
  ) -> ResidualBlock {
    func layer(
      _ part: String, _ input: Int, _ output: Int, kernel: Int, stride: Int = 1
    ) -> Conv2d {
      .random("\(name).\(part)", input, output, kernel: kernel, stride: stride, &generator)
    }
    let output = width * expansion
    let branch =
      expansion > 1
      ? [
        layer("conv1", input, width, kernel: 1),
        layer("conv2", width, width, kernel: 3, stride: stride),
        layer("conv3", width, output, kernel: 1),
      ]
      : [
        layer("conv1", input, width, kernel: 3, stride: stride),
        layer("conv2", width, width, kernel: 3),
      ]
    let shortcut: Shortcut =
      stride == 1 && input == output
      ? .identity
      : .projection(layer("downsample.0", input, output, kernel: 1, stride: stride))
    return ResidualBlock(name: name, branch: branch, shortcut: shortcut)
  }
}

extension Conv2d {
  fileprivate static func random(
    _ name: String, _ input: Int, _ output: Int, kernel: Int = 1, stride: Int = 1,
    _ generator: inout SplitMix64
  ) -> Conv2d {
    let fanIn = input * kernel * kernel
    let deviation = (2 / Double(fanIn)).squareRoot()
    let scalars = (0..<output * fanIn).map { _ in Float(deviation * generator.normal()) }
    return Conv2d(
      name: name, weight: Tensor(shape: [output, input, kernel, kernel], scalars: scalars),
      bias: [Float](repeating: 0, count: output),
      geometry: .init(stride: stride, padding: kernel / 2))
  }
}
