package import Tensors

extension Graph {
  /// Returns the largest number of floats of one image that a forward pass holds at the same time.
  ///
  /// A value is freed after its last reader, as in `Executor`.
  ///
  /// - Parameter shapes: The shapes of all nodes' values for one image.
  package func liveFloats(_ shapes: [Shape]) -> Int {
    var lastReader = Array(nodes.indices)
    for (reader, node) in nodes.enumerated() {
      for input in node.inputs { lastReader[input] = reader }
    }
    lastReader[nodes.count - 1] = nodes.count
    var endingAt = [[Int]](repeating: [], count: nodes.count + 1)
    for (node, reader) in lastReader.enumerated() { endingAt[reader].append(node) }
    var (live, most) = (0, 0)
    for node in nodes.indices {
      live += shapes[node].count
      most = max(most, live)
      live -= endingAt[node].reduce(0) { $0 + shapes[$1].count }
    }
    return most
  }
}
