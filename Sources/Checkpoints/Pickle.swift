internal import Foundation

/// A value of a pickle: a leaf, or the number of a node.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits, little-endian two's complement.
  case longInteger(Data)
  case real(Double)
  case text(String)
  case bytes(Data)
  /// A function or class by its dotted name; it is never looked up, let alone called.
  case global(String)
  /// An index into `Pickle.nodes`.
  case node(Int)
}

/// A value with parts.
struct PickleNode {
  enum Kind {
    case list, tuple, set, dictionary
    /// A persistent id; torch's name a storage.
    case persistent(PickleValue)
    /// What calling `function` with `arguments` would have made.
    case call(function: PickleValue, arguments: [PickleValue])
  }

  let kind: Kind
  /// The elements of a list, tuple or set, or what was appended to the result of a call.
  var items: [PickleValue] = []
  /// The pairs of a dictionary, or what was set in the result of a call.
  var entries: [(key: PickleValue, value: PickleValue)] = []
  /// What `__setstate__` would have got.
  var state: PickleValue = .none
}

/// A pickle as plain data: calls are recorded, not made, so that opening one runs nothing.
///
/// Nodes lie in one array and refer to each other by number. Aliases and cycles are then harmless,
/// and however deep a pickle nests, neither reading nor freeing it recurses.
struct Pickle {
  let root: PickleValue
  let nodes: [PickleNode]
  /// The globals that the pickle names, each once, in order of appearance.
  let globals: [String]

  /// The node that `value` refers to.
  func node(_ value: PickleValue) -> PickleNode? {
    guard case .node(let index) = value else { return nil }
    return nodes[index]
  }

  /// The elements of a list or tuple, or of a `torch.Size`.
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

  /// The elements of a list or tuple of integers.
  func integers(of value: PickleValue) -> [Int]? {
    guard let items = items(of: value) else { return nil }
    let integers = items.compactMap { item -> Int? in
      if case .integer(let integer) = item { integer } else { nil }
    }
    return integers.count == items.count ? integers : nil
  }

  /// The pairs of a dictionary, an `OrderedDict` or another object that pairs were set in.
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

  /// The pairs of `[[key, value], …]`, as Python 2 wrote an `OrderedDict`.
  private func pairs(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    items(of: value)?.compactMap { pair in
      items(of: pair).flatMap { $0.count == 2 ? (key: $0[0], value: $0[1]) : nil }
    }
  }

  /// The values whose keys are texts, in order; a later one replaces an earlier one of its key.
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
