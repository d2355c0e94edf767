package import Tensors

extension ResNet {
  /// A torchvision ResNet-18, 34 or 50 of 1000 classes with He-normal weights and zero biases, folded:
  /// the shapes of the real one, for measurements.
  package static func random(depth: Int, generator: inout SplitMix64) -> ResNet {
    let isBottleneck = depth >= 50
    let counts = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3]

    func layer(_ name: String, _ input: Int, _ output: Int, _ kernel: Int, _ stride: Int) -> Conv2d
    {
      let fanIn = input * kernel * kernel
      let deviation = (2 / Double(fanIn)).squareRoot()
      let scalars = (0..<output * fanIn).map { _ in Float(deviation * generator.normal()) }
      return Conv2d(
        name: name,
        weight: Tensor(shape: [output, input, kernel, kernel], scalars: scalars),
        bias: [Float](repeating: 0, count: output),
        geometry: .init(stride: stride, padding: kernel / 2))
    }

    let stem = Stem(convolution: layer("conv1", 3, 64, 7, 2), hasMaxPool: true)
    var blocks: [ResidualBlock] = []
    var channels = 64
    for (stage, count) in counts.enumerated() {
      let width = 64 << stage
      let output = isBottleneck ? 4 * width : width
      for index in 0..<count {
        let name = "layer\(stage + 1).\(index)"
        let stride = stage > 0 && index == 0 ? 2 : 1
        let branch =
          isBottleneck
          ? [
            layer("\(name).conv1", channels, width, 1, 1),
            layer("\(name).conv2", width, width, 3, stride),
            layer("\(name).conv3", width, output, 1, 1),
          ]
          : [
            layer("\(name).conv1", channels, width, 3, stride),
            layer("\(name).conv2", width, width, 3, 1),
          ]
        let shortcut: Shortcut =
          stride == 1 && channels == output
          ? .identity
          : .projection(layer("\(name).downsample.0", channels, output, 1, stride))
        blocks.append(ResidualBlock(name: name, branch: branch, shortcut: shortcut))
        channels = output
      }
    }
    return ResNet(
      architecture: "ResNet-\(depth)", stem: stem, blocks: blocks,
      head: layer("fc", channels, 1000, 1, 1))
  }
}
