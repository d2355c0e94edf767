package import Graphs
package import Tensors

/// A graph evaluated in Double, node by node, by the definitions of `ReferenceMap`.
package struct ReferenceGraph {
  package let graph: Graph
  /// The shape of the input, (N, C, H, W).
  package let inputShape: Shape
  /// Maps the activations at a site, one value at a time and in their order.
  package var activation: ((Site, Double) -> Double)?

  package init(
    _ graph: Graph, inputShape: Shape, activation: ((Site, Double) -> Double)? = nil
  ) {
    self.graph = graph
    self.inputShape = inputShape
    self.activation = activation
  }

  /// Returns what the readers of every node see.
  /// - Parameter weights: The weights of `graph.layers`; nil is the same as the graph's own.
  package func values(_ input: [Double], weights: [[Double]]? = nil) -> [ReferenceMap] {
    var maps = [ReferenceMap(shape: inputShape, values: input)]
    var layer = 0
    for node in graph.nodes.dropFirst() {
      var own: [Double]?
      if case .convolution = node.operation {
        own = weights?[layer]
        layer += 1
      }
      var map = node.operation.reference(node.inputs.map { maps[$0] }, weights: own)
      if let activation, node.operation == .relu {
        map.values = map.values.map { activation(node.name, $0) }
      }
      maps.append(map)
    }
    return maps
  }

  /// Returns the output, image after image.
  package func output(_ input: [Double], weights: [[Double]]? = nil) -> [Double] {
    values(input, weights: weights)[graph.nodes.count - 1].values
  }
}

/// The central differences of `function` at some `coordinates` of `point`.
package func centralDifferences(
  of function: ([Double]) -> Double, at point: [Double], coordinates: [Int], step: Double = 1e-5
) -> [Double] {
  coordinates.map { coordinate in
    var (ahead, behind) = (point, point)
    ahead[coordinate] += step
    behind[coordinate] -= step
    return (function(ahead) - function(behind)) / (2 * step)
  }
}

/// Returns the distance of `gradient` from the central differences of `function` at every `every`-th
/// coordinate of `point`, over the largest of them.
package func differenceError(
  of gradient: Tensor, from function: ([Double]) -> Double, at point: [Double], every: Int = 7,
  step: Double = 1e-5
) -> Double {
  let coordinates = Array(stride(from: 0, to: point.count, by: every))
  let differences = centralDifferences(
    of: function, at: point, coordinates: coordinates, step: step)
  return relativeError(coordinates.map { gradient.scalars[$0] }, differences)
}

/// Σ aᵢ·bᵢ: a loss whose gradient with respect to `values` is `weights`.
package func weighted(_ values: [Double], by weights: Tensor) -> Double {
  zip(values, weights.doubles).reduce(0) { $0 + $1.0 * $1.1 }
}
