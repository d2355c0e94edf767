import Files
import Graphs

extension NetworkBuilder {
  /// Appends the gates for the maps of `input` and their product, and returns the product's node.
  ///
  /// The gates are sigmoid(fc2(ReLU(fc1(mean)))), and both layers have biases (Hu et al.,
  /// "Squeeze-and-Excitation Networks", CVPR 2018).
  mutating func excitation(
    _ name: String, channels: Int, input: Int
  ) throws(InputError) -> Int {
    var node = graph.append("\(name).mean", .globalAveragePool, input)
    let squeezed = try biased("\(name).fc1", [nil, channels, 1, 1], input: node)
    node = graph.append("\(name).fc1", .relu, squeezed.node)
    node = try biased("\(name).fc2", [channels, squeezed.channels, 1, 1], input: node).node
    node = graph.append("\(name).gate", .sigmoid, node)
    return graph.append(name, .multiply, input, node)
  }

  /// Appends a convolution whose bias must be in the checkpoint.
  private mutating func biased(
    _ name: String, _ shape: [Int?], input: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let layer = try convolution(name, shape, batchNorm: nil, input: input)
    _ = try parameters.takeVector("\(name).bias", count: layer.channels)
    return layer
  }
}
