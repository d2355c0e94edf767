/// A list of nodes in topological order and of their units, from which a graph is made.
package struct GraphBuilder {
  private var nodes = [Node("input", .input, [])]
  private var units: [Unit] = []

  package init() {}

  /// The index of the last node.
  package var last: Int { nodes.count - 1 }

  /// Appends a node that reads the values of `inputs` and returns its index.
  @discardableResult
  package mutating func append(_ name: String, _ operation: Operation, _ inputs: Int...) -> Int {
    nodes.append(Node(name, operation, inputs))
    return last
  }

  /// Makes a unit of all nodes after the last unit, if there are any.
  package mutating func endUnit(_ name: String) {
    let begin = units.last?.nodes.upperBound ?? 1
    if begin < nodes.count { units.append(Unit(name: name, nodes: begin..<nodes.count)) }
  }

  /// Returns the graph of all nodes; the last node is its output and must end a unit.
  package func graph(named name: String) -> Graph {
    Graph(name: name, nodes: nodes, units: units)
  }
}
