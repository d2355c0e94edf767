package import Tensors

/// An operation applied to the values of earlier nodes.
package struct Node: Sendable, Equatable {
  /// A layer has the name of its module in the checkpoint, such as `layer1.0.conv1`. A ReLU has the name
  /// of what it rectifies: a layer's, or a unit's if it ends that unit.
  package let name: String
  package var operation: Operation
  /// The nodes that it reads, all earlier ones.
  package let inputs: [Int]

  package init(_ name: String, _ operation: Operation, _ inputs: [Int]) {
    precondition(inputs.count == operation.inputCount, "\(name) reads \(inputs.count) values")
    self.name = name
    self.operation = operation
    self.inputs = inputs
  }
}

/// A part of a network with one input and one output, which BRECQ reconstructs as a whole: the first
/// layer with what follows it, a residual block, the last layer.
package struct Unit: Sendable, Equatable, Codable {
  /// Such as `layer1.0`.
  package let name: String
  package let nodes: Range<Int>

  package init(name: String, nodes: Range<Int>) {
    self.name = name
    self.nodes = nodes
  }
}

/// A network as a list of nodes in topological order, with one input, node 0, and one output, the last.
///
/// A value: the full-precision network, the folded one and each quantized one are different values of
/// this type, never modes of one.
package struct Graph: Sendable, Equatable {
  /// For people, such as "ResNet-18".
  package let name: String
  package internal(set) var nodes: [Node]
  /// In order; together they cover all nodes behind the input.
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

  /// One unit as a graph of its own, on the unit's input.
  package subscript(unit: Unit) -> Graph { part(unit.nodes, units: [unit]) }

  /// The units of `range` as one graph, on the input of the first.
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

  /// The nodes that read each node, in order.
  package var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in Set(node.inputs) { readers[input].append(index) }
    }
    return readers
  }
}
