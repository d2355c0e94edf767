internal import Execution
package import Tensors

/// The outline of a residual network from which a test makes a checkpoint's tensors: the names and
/// shapes that PyTorch would give it.
package struct CheckpointSketch: Sendable {
  /// Blocks in every stage.
  package var blockCounts: [Int]
  package var isBottleneck = false
  /// 7 or 3 pixels.
  package var stemKernel = 7
  /// Channels of the stem.
  package var channels = 64
  /// The channels of a stage's inner 3×3 convolution over those of its plain ResNet.
  package var widening = 1
  package var groups = 1
  package var classCount = 1000
  package var head = "fc"
  /// The module name of shortcuts with weights; `nil` for shortcuts without.
  package var projection: String? = "downsample"
  package var hasBatchNorm = true

  package init(_ blockCounts: [Int], isBottleneck: Bool = false) {
    self.blockCounts = blockCounts
    self.isBottleneck = isBottleneck
  }

  /// CIFAR's network with 6n + 2 layers and parameter-free shortcuts (He et al., 2016, section
  /// 4.2).
  package static func cifar(_ depth: Int, channels: Int = 16) -> CheckpointSketch {
    var sketch = CheckpointSketch([Int](repeating: (depth - 2) / 6, count: 3))
    sketch.stemKernel = 3
    sketch.channels = channels
    sketch.classCount = 10
    sketch.head = "linear"
    sketch.projection = nil
    return sketch
  }

  /// The tensors, by names and shapes in module order; `fill` makes each.
  package func stateDict(_ fill: (_ name: String, Shape) -> Tensor) -> StateDict {
    var tensors = StateDict()
    func put(_ name: String, _ shape: Shape) { tensors[name] = fill(name, shape) }
    func put(convolution: String, batchNorm: String, _ shape: Shape) {
      put("\(convolution).weight", shape)
      guard hasBatchNorm else { return put("\(convolution).bias", [shape[0]]) }
      for parameter in ["weight", "bias", "running_mean", "running_var"] {
        put("\(batchNorm).\(parameter)", [shape[0]])
      }
      put("\(batchNorm).num_batches_tracked", [])
    }
    put(convolution: "conv1", batchNorm: "bn1", [channels, 3, stemKernel, stemKernel])
    var input = channels
    for (stage, count) in blockCounts.enumerated() {
      for index in 0..<count {
        let block = "layer\(stage + 1).\(index)"
        let shapes = branchShapes(stage: stage, input: input)
        for (position, shape) in shapes.enumerated() {
          put(
            convolution: "\(block).conv\(position + 1)", batchNorm: "\(block).bn\(position + 1)",
            shape)
        }
        let output = shapes[shapes.count - 1][0]
        if let projection, index == 0, stage > 0 || output != input {
          put(
            convolution: "\(block).\(projection).0", batchNorm: "\(block).\(projection).1",
            [output, input, 1, 1])
        }
        input = output
      }
    }
    put("\(head).weight", [classCount, input])
    put("\(head).bias", [classCount])
    return tensors
  }

  private func branchShapes(stage: Int, input: Int) -> [Shape] {
    let planes = channels << stage
    guard isBottleneck else { return [[planes, input, 3, 3], [planes, planes, 3, 3]] }
    let width = planes * widening
    return [
      [width, input, 1, 1], [width, width / groups, 3, 3], [planes * 4, width, 1, 1],
    ]
  }
}

extension CheckpointSketch {
  /// Tensors of zeros (variances of ones), one buffer for all of one shape, so that even a
  /// ResNet-152 costs little.
  package func zeroStateDict() -> StateDict {
    var zeros: [Shape: Tensor] = [:]
    return stateDict { _, shape in
      let tensor = zeros[shape] ?? Tensor(zeros: shape)
      zeros[shape] = tensor
      return tensor
    }
  }

  /// Seeded weights of He's variance, and batch normalisation whose statistics are not trivial.
  package func randomStateDict(seed: UInt64) -> StateDict {
    var generator = SplitMix64(seed: seed)
    return stateDict { name, shape in
      let fanIn = shape.count / max(shape.dimensions.first ?? 1, 1)
      let values = (0..<shape.count).map { _ in
        Self.value(name, rank: shape.rank, fanIn: fanIn, &generator)
      }
      return Tensor(shape: shape, scalars: values.map(Float.init))
    }
  }

  private static func value(
    _ name: String, rank: Int, fanIn: Int, _ generator: inout SplitMix64
  ) -> Double {
    if name.hasSuffix("running_var") { return generator.uniform(0.5..<1.5) }
    if rank >= 2 { return generator.normal() * (2 / Double(fanIn)).squareRoot() }
    if name.hasSuffix(".weight") { return generator.uniform(0.5..<1.5) }
    return 0.2 * generator.normal()
  }
}
