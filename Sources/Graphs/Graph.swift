internal import Tensors

/// An operation applied to the values of earlier nodes.
package struct Node: Sendable, Equatable {
  /// The name of the node.
  ///
  /// A layer has the name of its module in the checkpoint, such as `layer1.0.conv1`. A ReLU has the
  /// name of the layer before it, or the name of its unit if it ends that unit.
  package let name: String
  package var operation: Operation
  /// The indices of the nodes that it reads; all are smaller than its own.
  package let inputs: [Int]

  package init(_ name: String, _ operation: Operation, _ inputs: [Int]) {
    precondition(inputs.count == operation.inputCount, "\(name) reads \(inputs.count) values")
    self.name = name
    self.operation = operation
    self.inputs = inputs
  }
}

/// A part of a network with one input and one output, which BRECQ reconstructs as a whole.
///
/// Units are the first layer with the operations after it, each residual block, and the last layer.
package struct Unit: Sendable, Equatable, Codable {
  /// The name, such as `layer1.0`.
  package let name: String
  /// The indices of its nodes.
  package let nodes: Range<Int>

  package init(name: String, nodes: Range<Int>) {
    self.name = name
    self.nodes = nodes
  }
}

/// A network as a list of nodes in topological order.
///
/// Its input is node 0 and its output is the last node. The full-precision network, the folded
/// network and each quantized network are different values of this type.
package struct Graph: Sendable, Equatable {
  /// The name for people, such as "ResNet-18".
  package let name: String
  package internal(set) var nodes: [Node]
  /// The units in order; together they cover all nodes after the input.
  package let units: [Unit]

  package init(name: String, nodes: [Node], units: [Unit]) {
    precondition(nodes.first?.operation == .input, "node 0 of \(name) is not its input")
    for (index, node) in nodes.enumerated() {
      precondition(node.inputs.allSatisfy { $0 < index }, "\(node.name) reads a later node")
    }
    let covered = units.reduce(1) { next, unit in
      precondition(unit.nodes.lowerBound == next, "unit \(unit.name) begins at the wrong node")
      return unit.nodes.upperBound
    }
    precondition(covered == nodes.count, "the units of \(name) do not cover its nodes")
    self.name = name
    self.nodes = nodes
    self.units = units
  }

  /// Returns one unit as a graph of its own, whose input is the unit's input.
  package subscript(unit: Unit) -> Graph { part(unit.nodes, units: [unit]) }

  /// Returns the units of `range` as one graph, whose input is the first unit's input.
  package subscript(units range: Range<Int>) -> Graph {
    guard let first = units[range].first, let last = units[range].last else {
      return Graph(name: name, nodes: [Node("input", .input, [])], units: [])
    }
    return part(first.nodes.lowerBound..<last.nodes.upperBound, units: Array(units[range]))
  }

  private func part(_ range: Range<Int>, units: [Unit]) -> Graph {
    let outside = Set(nodes[range].flatMap(\.inputs).filter { !range.contains($0) })
    precondition(outside.count <= 1, "\(units.map(\.name)) have \(outside.count) inputs")
    let moved = nodes[range].map { node in
      Node(
        node.name, node.operation,
        node.inputs.map { range.contains($0) ? $0 - range.lowerBound + 1 : 0 })
    }
    return Graph(
      name: name, nodes: [Node("input", .input, [])] + moved,
      units: units.map { unit in
        let begin = unit.nodes.lowerBound - range.lowerBound + 1
        return Unit(name: unit.name, nodes: begin..<begin + unit.nodes.count)
      })
  }

  /// The indices of the nodes that read each node, in ascending order.
  package var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in Set(node.inputs) { readers[input].append(index) }
    }
    return readers
  }
}
