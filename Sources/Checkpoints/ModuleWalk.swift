internal import Files
internal import Tensors

/// A tensor of a pickle with its name.
struct NamedRecord {
  let name: String
  var record: TensorRecord
}

/// A module of a network that was saved whole, with its path.
typealias ModuleRecord = NamedModule

/// A walk through dictionaries and modules of a pickle, which collects their tensors.
///
/// The walk counts the members that it visits and the bytes of the names that it makes, and stops at
/// a limit. Modules that contain the same modules many times could otherwise make it very long.
struct ModuleWalk {
  private static let maximumDepth = 64
  /// The limit on the bytes of one name.
  private static let longestName = 4096
  /// The limit on the bytes of all names together.
  private static let mostNameBytes = 64 << 20
  private static let keptLeftOut = 1000

  private let archive: PyTorchArchive
  private(set) var found: [NamedRecord] = []
  private(set) var modules: [ModuleRecord] = []
  /// The members that are not tensors, up to a limit.
  private(set) var leftOut: [String] = []
  private(set) var isWholeModule = false
  private var visitedMembers = 0
  private var nameBytes = 0

  init(_ archive: PyTorchArchive) { self.archive = archive }

  /// Collects the tensors of `value`.
  ///
  /// `value` is a module, a dictionary of tensors, or a dictionary of state dicts and modules, whose
  /// keys then begin the names.
  mutating func collect(_ value: PickleValue) throws(InputError) {
    if archive.pickle.moduleState(value) != nil {
      isWholeModule = true
      try collectModule(value, prefix: "", depth: 0)
    } else {
      try collectMembers(value, prefix: "", depth: 0)
    }
  }

  private mutating func collectModule(
    _ value: PickleValue, prefix: String, depth: Int
  ) throws(InputError) {
    guard depth < Self.maximumDepth else {
      throw archive.unreadable(prefix, "modules nest deeper than \(Self.maximumDepth)")
    }
    guard let state = archive.pickle.moduleState(value) else {
      try collectMembers(value, prefix: prefix, depth: depth)
      return
    }
    try count(state.count, prefix: prefix)
    var children = state.first { $0.name == "_modules" }.map(\.value)
    if archive.pickle.isScriptModule(value) {
      // The attributes of a TorchScript module are its tensors and its modules.
      for member in state {
        if archive.pickle.moduleState(member.value) != nil { continue }
        try collectMember(member, prefix: prefix, notesOthers: false)
      }
      children = nil
      for (name, module) in state where archive.pickle.moduleState(module) != nil {
        try collectModule(module, prefix: try joined(prefix, name), depth: depth + 1)
      }
    } else {
      for case (let part, let members) in state where part == "_parameters" || part == "_buffers" {
        try collectMembers(members, prefix: prefix, depth: depth)
      }
    }
    let submodules =
      try children.map { (value) throws(InputError) in
        try members(of: value, prefix: prefix)
      } ?? []
    let hasChildren =
      !submodules.isEmpty || state.contains { archive.pickle.moduleState($0.value) != nil }
    if !prefix.isEmpty {
      modules.append(
        ModuleRecord(
          path: String(prefix.dropLast()),
          module: archive.pickle.describe(
            value, state, archive.constants, hasChildren: hasChildren)))
    }
    for (name, module) in submodules {
      try collectModule(module, prefix: try joined(prefix, name), depth: depth + 1)
    }
  }

  private mutating func collectMembers(
    _ value: PickleValue, prefix: String, depth: Int
  ) throws(InputError) {
    let members = try members(of: value, prefix: prefix)
    let opensStateDicts =
      depth == 0 && prefix.isEmpty && !members.contains(where: archive.isWeight)
    for member in members {
      if opensStateDicts, archive.holdsTensors(member.value) {
        let prefix = try joined(prefix, member.name)
        try collectModule(member.value, prefix: prefix, depth: depth + 1)
      } else {
        try collectMember(member, prefix: prefix, notesOthers: true)
      }
    }
  }

  private mutating func collectMember(
    _ member: (name: String, value: PickleValue), prefix: String, notesOthers: Bool
  ) throws(InputError) {
    let name = try joined(prefix, member.name, isModule: false)
    if let record = try archive.tensorRecord(member.value, name: name) {
      found.append(NamedRecord(name: name, record: record))
    } else if member.value != .none, notesOthers, leftOut.count < Self.keptLeftOut {
      leftOut.append(name)
    }
  }

  /// Returns the members of a dictionary and counts them.
  ///
  /// The count ends the walk through modules that contain each other.
  private mutating func members(
    of value: PickleValue, prefix: String
  ) throws(InputError) -> [(name: String, value: PickleValue)] {
    try count(archive.pickle.entryCount(of: value) + 1, prefix: prefix)
    return archive.pickle.members(of: value) ?? []
  }

  private mutating func count(_ members: Int, prefix: String) throws(InputError) {
    visitedMembers += members
    guard visitedMembers <= PickleReader.maximumValues else {
      throw archive.unreadable(prefix, "its modules have more members than the pickle has values")
    }
  }

  private mutating func joined(
    _ prefix: String, _ name: String, isModule: Bool = true
  ) throws(InputError) -> String {
    let count = prefix.utf8.count + name.utf8.count + 1
    nameBytes += count
    guard count <= Self.longestName, nameBytes <= Self.mostNameBytes else {
      throw archive.unreadable(
        String(name.prefix(60)),
        "names of modules and tensors are longer than \(Self.longestName) bytes, or all of them "
          + "together than \(Self.mostNameBytes)")
    }
    return isModule ? "\(prefix)\(name)." : prefix + name
  }
}

extension Pickle {
  /// Returns the attributes of a module that was pickled whole; `nil` for other values.
  ///
  /// `torch.save(model)` writes `_parameters`, `_buffers` and `_modules`; TorchScript writes the
  /// attributes themselves.
  func moduleState(_ value: PickleValue) -> [(name: String, value: PickleValue)]? {
    guard let node = node(value), case .call = node.kind, let state = members(of: node.state),
      isScriptModule(value) || state.contains(where: { $0.name == "_parameters" })
    else { return nil }
    return state
  }

  /// Returns true if `value` is an object of a TorchScript archive.
  func isScriptModule(_ value: PickleValue) -> Bool {
    className(of: value)?.hasPrefix("__torch__.") == true
  }

  /// The class of an object, with its package.
  private func className(of value: PickleValue) -> String? {
    guard case .call(let function, let arguments)? = node(value)?.kind else { return nil }
    if case .global("copy_reg._reconstructor") = function, case .global(let name)? = arguments.first
    {
      return name
    }
    if case .global(let name) = function { return name }
    // Before PyTorch 1.6, a persistent id held a class and its source: ('module', class, …).
    guard case .persistent(let identifier)? = node(function)?.kind,
      let items = items(of: identifier), items.count > 1, case .global(let name) = items[1]
    else { return nil }
    return name
  }

  /// Returns the class and the plain attributes of a module, and the constants of its class.
  fileprivate func describe(
    _ value: PickleValue, _ state: [(name: String, value: PickleValue)],
    _ constants: ScriptConstants, hasChildren: Bool
  ) -> ModuleDescription {
    let attributes = state.compactMap { name, value in
      plainText(value).map { (name, $0) }
    }
    var name = className(of: value) ?? ""
    if name.hasPrefix("__torch__.") { name = String(name.dropFirst("__torch__.".count)) }
    return ModuleDescription(
      className: name,
      attributes: Dictionary(attributes, uniquingKeysWith: { $1 })
        .merging(constants.classes[name] ?? [:]) { own, _ in own },
      hasChildren: hasChildren)
  }

  /// Returns a number, a flag, a short text or a short tuple of integers as text.
  func plainText(_ value: PickleValue) -> String? {
    switch value {
    case .bool(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    case .real(let number): return "\(number)"
    case .text(let text): return text.utf8.count <= 256 ? text : nil
    case .node:
      guard let items = items(of: value), items.count <= 8, let numbers = integers(of: value) else {
        return nil
      }
      return numbers.map(String.init).joined(separator: ",")
    default: return nil
    }
  }

  /// The number of pairs of a dictionary; 0 for other values.
  func entryCount(of value: PickleValue) -> Int { node(value)?.entries.count ?? 0 }

  /// Returns true if `value` is a dictionary with text keys.
  func hasMembers(_ value: PickleValue) -> Bool {
    guard let entries = entries(of: value) else { return false }
    return entries.contains { if case .text = $0.key { true } else { false } }
  }
}

extension PyTorchArchive {
  /// Returns true if `value` is a tensor or a parameter.
  func isTensor(_ value: PickleValue) -> Bool {
    guard case .call(.global(let function), _)? = pickle.node(value)?.kind else { return false }
    return function.hasPrefix("torch._utils._rebuild_")
      || function.hasPrefix("torch._tensor._rebuild_")
  }

  /// Returns true if a member of a dictionary is a weight: a tensor whose name has a module before it.
  func isWeight(_ member: (name: String, value: PickleValue)) -> Bool {
    member.name.contains(".") && isTensor(member.value)
  }

  /// Returns true if `value` is a module, or a dictionary that contains tensors directly.
  func holdsTensors(_ value: PickleValue) -> Bool {
    if pickle.moduleState(value) != nil { return true }
    guard let entries = pickle.entries(of: value) else { return false }
    return entries.contains { pair in
      if case .text = pair.key { isTensor(pair.value) } else { false }
    }
  }
}
