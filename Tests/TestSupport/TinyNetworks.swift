package import Graphs
internal import Networks

/// A CIFAR-style ResNet-8 with 8, 16 and 32 channels, 10 classes, seeded weights and parameter-free
/// shortcuts; unfolded.
package func tinyResNet(seed: UInt64) -> Graph {
  built(.cifar(8, channels: 8), seed: seed)
}

/// A network of four bottlenecks with 8 to 64 inner channels in 2 groups, a 7×7 convolution with pooling at
/// its beginning, projections and 10 classes; unfolded.
package func tinyBottleneckResNet(seed: UInt64) -> Graph {
  var sketch = CheckpointSketch([1, 1, 1, 1], isBottleneck: true)
  sketch.channels = 8
  sketch.groups = 2
  sketch.classCount = 10
  return built(sketch, seed: seed)
}

private func built(_ sketch: CheckpointSketch, seed: UInt64) -> Graph {
  do {
    return try buildNetwork(sketch.randomStateDict(seed: seed)).network
  } catch {
    preconditionFailure("the sketch of a tiny network does not build: \(error)")
  }
}
