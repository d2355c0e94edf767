import Files
import Graphs

/// A 1×1 convolution in the shortcut of a block that changes the shape.
struct Projection {
  /// The name of the 1×1 convolution.
  let convolution: String
  /// The name of its normalisation, if there is one.
  let normalization: String?
  /// True if an average pooling before the convolution halves the resolution.
  let isPooled: Bool
}

extension NetworkBuilder {
  /// Appends a projection of `input` to `outputChannels` channels and returns its last node.
  mutating func projection(
    _ projection: Projection, channels: Int, outputChannels: Int, stride: Int, input: Int
  ) throws(InputError) -> Int {
    var (node, stride) = (input, stride)
    if projection.isPooled, stride > 1 {
      // Windows beyond the edge average the pixels that they cover. The size is therefore rounded up,
      // as in the branch.
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
