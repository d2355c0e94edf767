import Files
import Foundation
import Graphs
import TestSupport
import Testing

@Suite("Outlines that do not describe a network")
struct GraphOutlineRefusalTests {
  /// A new value for one key of a node.
  struct Damage: CustomTestStringConvertible, Sendable {
    let node: String
    let operation: String
    let key: String
    let value: JSONValue
    var testDescription: String { "\(node): \(key) = \(value)" }

    init(_ node: String, _ operation: String, _ key: String, _ value: JSONValue) {
      self.node = node
      self.operation = operation
      self.key = key
      self.value = value
    }
  }

  static let damages = [
    Damage("conv1", "convolution", "shape", [4, 3, 3]),
    Damage("conv1", "convolution", "shape", [4, 3, -3, -3]),
    Damage("conv1", "convolution", "shape", [.number(Int.max), 3, 3, 3]),
    Damage("conv1", "convolution", "shape", [4, 3, 64, 64]),
    Damage("conv1", "convolution", "stride", 0),
    Damage("conv1", "convolution", "stride", .number(Int.max)),
    Damage("conv1", "convolution", "padding", 3),
    Damage("conv1", "convolution", "padding", -1),
    Damage("conv1", "convolution", "groups", 3),
    Damage("conv1", "convolution", "inputs", []),
    Damage("conv1", "convolution", "inputs", [1]),
    Damage("conv1", "convolution", "inputs", [-1]),
    Damage("conv1", "convolution", "inputs", [0, 0]),
    Damage("conv1", "convolution", "operation", "deconvolution"),
    Damage("conv1", "convolution", "operation", "input"),
    Damage("conv2", "convolution", "name", "conv1"),
    Damage("conv2", "convolution", "groups", 1),
    Damage("conv2", "convolution", "inputs", [0]),
    Damage("norm", "batch_norm", "channels", 5),
    Damage("norm", "batch_norm", "channels", 0),
    Damage("norm", "batch_norm", "epsilon", -1),
    Damage("norm", "relu", "name", "conv1"),
    Damage("maxpool", "max_pool", "kernel", 0),
    Damage("maxpool", "max_pool", "stride", 0),
    Damage("maxpool", "max_pool", "padding", 2),
    Damage("maxpool", "max_pool", "roundsUp", true),
    Damage("pool", "average_pool", "kernel", .number(Int.max)),
    Damage("blur", "blur", "stride", 0),
    Damage("free", "subsample", "stride", 0),
    Damage("free", "subsample", "padding", 3),
    Damage("free", "subsample", "padding", -1),
    Damage("free", "subsample", "padding", .number(Int.max)),
    Damage("excite", "multiply", "inputs", [6]),
    Damage("fc", "convolution", "shape", [5, 9, 1, 1]),
    Damage("fc", "convolution", "operation", "relu"),
  ]

  @Test("An invalid node is refused with a place and a reason", arguments: damages)
  func refusals(_ damage: Damage) throws {
    var isFound = false
    let error = try refusal { nodes, _ in
      for index in nodes.indices
      where nodes[index]["name"] == .text(damage.node)
        && nodes[index]["operation"] == .text(damage.operation)
      {
        nodes[index][damage.key] = damage.value
        isFound = true
      }
    }
    #expect(isFound && error?.kind == .badData)
    #expect(error?.place.isEmpty == false && error?.reason.isEmpty == false)
  }

  @Test("Units must cover all nodes in order and read only the unit before them")
  func units() throws {
    func refusal(_ change: (inout [[String: JSONValue]]) -> Void) throws -> InputError? {
      try self.refusal { _, units in change(&units) }
    }
    #expect(try refusal { $0[1]["count"] = 4 } != nil)
    #expect(try refusal { $0[0]["first"] = 0 } != nil)
    #expect(try refusal { $0[0]["count"] = 0 } != nil)
    #expect(try refusal { $0[2]["count"] = .number(Int.max) } != nil)
    #expect(try refusal { $0.removeLast() } != nil)
    #expect(try refusal { $0.removeAll() } != nil)
    // The block is cut in two, and its second half also reads the first unit's output.
    let error = try refusal {
      let count = $0[1]["count"]
      guard case .number(let count) = count, case .number(let first) = $0[1]["first"] else {
        return
      }
      $0[1]["count"] = 3
      $0.insert(
        ["name": "half", "first": .number(first + 3), "count": .number(count - 3)], at: 2)
    }
    #expect(error?.place == "half" && error?.reason.contains("reads nodes other than") == true)
  }

  @Test("A list without an input, or without nodes, is refused")
  func emptiness() throws {
    #expect(try refusal { nodes, _ in nodes.removeAll() } != nil)
    #expect(try refusal { nodes, _ in nodes[0]["operation"] = "relu" } != nil)
    #expect(
      try refusal { nodes, units in
        nodes = [nodes[0]]
        units = []
      } != nil)
  }

  /// Returns the error for the outline of `everyOperation` after a change of its JSON; nil if there is none.
  private func refusal(
    _ change: (inout [[String: JSONValue]], inout [[String: JSONValue]]) throws -> Void
  ) throws -> InputError? {
    let data = try JSONEncoder().encode(GraphOutline(of: Graph.everyOperation))
    var outline = try JSONDecoder().decode(OutlineJSON.self, from: data)
    try change(&outline.nodes, &outline.units)
    let damaged = try JSONDecoder().decode(
      GraphOutline.self, from: JSONEncoder().encode(outline))
    var tensors = KnownTensors(graph: Graph.everyOperation)
    do {
      _ = try damaged.graph(&tensors)
      return nil
    } catch { return error }
  }
}
