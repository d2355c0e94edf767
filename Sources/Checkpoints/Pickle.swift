internal import Foundation

/// A value of a pickle: a leaf, or the index of a node.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits, as little-endian two's complement.
  case longInteger(Data)
  case real(Double)
  case text(String)
  case bytes(Data)
  /// The dotted name of a function or class; it is never looked up or called.
  case global(String)
  /// An index into `Pickle.nodes`.
  case node(Int)
}

/// A value of a pickle that has parts.
struct PickleNode {
  enum Kind {
    case list, tuple, set, dictionary
    /// A persistent id; PyTorch uses it to name a storage.
    case persistent(PickleValue)
    /// The object that calling `function` with `arguments` would have made.
    case call(function: PickleValue, arguments: [PickleValue])
  }

  let kind: Kind
  /// The elements of a list, tuple or set, or the elements appended to the result of a call.
  var items: [PickleValue] = []
  /// The pairs of a dictionary, or the pairs set in the result of a call.
  var entries: [(key: PickleValue, value: PickleValue)] = []
  /// The argument that `__setstate__` would have received.
  var state: PickleValue = .none
}

/// A pickle as plain data.
///
/// Calls are recorded and never made, so opening a pickle executes nothing. Nodes are in one array
/// and refer to each other by index. This makes aliases and cycles harmless, and neither reading
/// nor freeing a deeply nested pickle recurses.
struct Pickle {
  let root: PickleValue
  let nodes: [PickleNode]
  /// The globals that the pickle names, in order of first appearance.
  let globals: [String]

  /// Returns the node that `value` refers to; `nil` for a leaf.
  func node(_ value: PickleValue) -> PickleNode? {
    guard case .node(let index) = value else { return nil }
    return nodes[index]
  }

  /// Returns the elements of a list, a tuple or a `torch.Size`; `nil` for other values.
  func items(of value: PickleValue) -> [PickleValue]? {
    guard let node = node(value) else { return nil }
    switch node.kind {
    case .list, .tuple: return node.items
    case .call(.global("torch.Size"), let arguments):
      guard let sizes = arguments.first.flatMap(self.node), case .tuple = sizes.kind else {
        return nil
      }
      return sizes.items
    default: return nil
    }
  }

  /// Returns the elements of a list or tuple if all of them are integers.
  func integers(of value: PickleValue) -> [Int]? {
    guard let items = items(of: value) else { return nil }
    let integers = items.compactMap { item -> Int? in
      if case .integer(let integer) = item { integer } else { nil }
    }
    return integers.count == items.count ? integers : nil
  }

  /// Returns the pairs of a dictionary, an `OrderedDict` or another object in which pairs were set.
  func entries(of value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    guard let node = node(value) else { return nil }
    switch node.kind {
    case .dictionary: return node.entries
    case .call(.global("collections.OrderedDict"), let arguments):
      return (arguments.first.flatMap(pairs) ?? []) + node.entries
    case .call: return node.entries.isEmpty ? nil : node.entries
    default: return nil
    }
  }

  /// Returns the pairs of `[[key, value], …]`, the form in which Python 2 wrote an `OrderedDict`.
  private func pairs(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    items(of: value)?.compactMap { pair in
      items(of: pair).flatMap { $0.count == 2 ? (key: $0[0], value: $0[1]) : nil }
    }
  }

  /// Returns the values with text keys, in order.
  ///
  /// If a key appears twice, the later value replaces the earlier one.
  func members(of value: PickleValue) -> [(name: String, value: PickleValue)]? {
    guard let entries = entries(of: value) else { return nil }
    var members: [(name: String, value: PickleValue)] = []
    var positions: [String: Int] = [:]
    for case (.text(let name), let value) in entries {
      if let position = positions[name] {
        members[position].value = value
      } else {
        positions[name] = members.count
        members.append((name, value))
      }
    }
    return members
  }
}
