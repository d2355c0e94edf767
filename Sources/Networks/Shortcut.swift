import Files
import Graphs

/// A 1×1 convolution around the branch of a block that changes the shape.
struct Projection {
  /// The names of the 1×1 convolution and of its normalisation, if there is one.
  let convolution: String
  let normalization: String?
  /// True if an average pooling of 2×2 pixels halves the resolution, before the convolution at stride 1.
  let isPooled: Bool
}

extension NetworkBuilder {
  /// Appends a projection of `input` to `outputChannels` channels and returns its last node.
  mutating func projection(
    _ projection: Projection, channels: Int, outputChannels: Int, stride: Int, input: Int
  ) throws(InputError) -> Int {
    var (node, stride) = (input, stride)
    if projection.isPooled, stride > 1 {
      // Half of an odd size is rounded up, as in the branch.
      node = graph.append(
        "\(projection.convolution).pool",
        .averagePool(Window(kernel: stride, stride: stride, roundsUp: true)), node)
      stride = 1
    }
    return try convolution(
      projection.convolution, [outputChannels, channels, 1, 1], stride: stride,
      batchNorm: projection.normalization, input: node
    ).node
  }
}
