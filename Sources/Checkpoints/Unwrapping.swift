internal import Files
internal import Foundation

/// A search for the weights of a PyTorch checkpoint below the wrappers that training scripts add.
struct Unwrapping {
  /// The keys under which scripts keep the weights, the most specific first.
  ///
  /// `module` and `shadow` occur in records of moving averages.
  private static let plainKeys = [
    "state_dict", "model_state_dict", "model", "net", "module", "shadow",
  ]
  private static let averageKeys = [
    "state_dict_ema", "model_ema", "ema_state_dict", "model_ema_state_dict", "ema_model", "ema",
  ]
  private static let maximumDepth = 64

  private let archive: PyTorchArchive
  private var visitedMembers = 0
  private var leftOut: [String] = []
  private(set) var notes: [String] = []

  init(_ archive: PyTorchArchive) { self.archive = archive }

  /// Returns the named tensors in the order of the file.
  ///
  /// - Parameter preferEMA: True if moving averages are wanted.
  /// - Throws: `usage` if averages are wanted but missing, `badData` if there are no weights.
  mutating func tensors(
    preferEMA: Bool
  ) throws(InputError) -> [(name: String, record: TensorRecord)] {
    var value = archive.pickle.root
    var seeksAverage = preferEMA
    var found: [(name: String, record: TensorRecord)] = []
    var path = ""
    for _ in 0..<Self.maximumDepth {
      if let choice = choose(from: value, seeksAverage: seeksAverage) {
        if choice.isAverage { seeksAverage = false }
        path += (path.isEmpty ? "" : ".") + choice.key
        noteChoice(choice, path: path)
        value = choice.value
        continue
      }
      guard !seeksAverage else { throw Self.noAverage(archive.place) }
      try collect(value, prefix: "", depth: 0, into: &found)
      break
    }
    guard !found.isEmpty else { throw noWeights(in: value) }
    dropCountOfAveragedModels(from: &found)
    noteLeftOut()
    return found
  }

  /// Returns the error for averaged weights that the file at `place` does not hold.
  static func noAverage(_ place: String) -> InputError {
    InputError(
      .usage, "cannot take the averaged weights", at: place, because: "it holds no EMA weights",
      try: "leave out --ema")
  }
}

extension Unwrapping {
  /// A wrapper to open.
  private struct Choice {
    let key: String
    let value: PickleValue
    let isAverage: Bool
    /// The other keys on the same level.
    let beside: [String]
    /// The key of averaged weights that are beside it and were not taken.
    let averageBeside: String?
  }

  /// Returns the wrapper to open in `value`, or `nil` if `value` is the weights themselves.
  private func choose(from value: PickleValue, seeksAverage: Bool) -> Choice? {
    guard moduleState(value) == nil, let members = archive.pickle.members(of: value) else {
      return nil
    }
    func first(_ keys: [String]) -> (name: String, value: PickleValue)? {
      keys.lazy.compactMap { key in members.first { $0.name == key && holdsMembers($0.value) } }
        .first
    }
    let plain = first(Self.plainKeys)
    let average = first(Self.averageKeys)
    let takesAverage = average != nil && (seeksAverage || plain == nil)
    guard let taken = takesAverage ? average : plain else { return nil }
    return Choice(
      key: taken.name, value: taken.value, isAverage: takesAverage,
      beside: members.map(\.name).filter { $0 != taken.name },
      averageBeside: takesAverage ? nil : average?.name)
  }

  private func holdsMembers(_ value: PickleValue) -> Bool {
    moduleState(value) != nil || archive.pickle.members(of: value)?.isEmpty == false
  }

  private mutating func noteChoice(_ choice: Choice, path: String) {
    let others = choice.beside.isEmpty ? "" : " (also there: \(Self.list(choice.beside)))"
    let kind = choice.isAverage ? ", averaged (EMA) weights," : ""
    notes.append("took '\(path)'\(kind) of a training checkpoint\(others)")
    if let average = choice.averageBeside {
      notes.append("took the plain weights; use --ema for the averaged ones in '\(average)'")
    }
  }

  private mutating func noteLeftOut() {
    guard !leftOut.isEmpty else { return }
    notes.append("left out these members, which are not tensors: \(Self.list(leftOut))")
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}

extension Unwrapping {
  /// Adds the tensors of a dictionary, or of a module that was saved whole, to `found`.
  private mutating func collect(
    _ value: PickleValue, prefix: String, depth: Int,
    into found: inout [(name: String, record: TensorRecord)]
  ) throws(InputError) {
    guard depth < Self.maximumDepth else {
      throw archive.unreadable(prefix, "modules nest deeper than \(Self.maximumDepth)")
    }
    guard let state = moduleState(value) else {
      try collectMembers(value, prefix: prefix, into: &found)
      return
    }
    try count(state.count, prefix: prefix)
    if depth == 0 { notes.append("took the tensors of a module that was saved whole") }
    for case (let part, let members) in state where part == "_parameters" || part == "_buffers" {
      try collectMembers(members, prefix: prefix, into: &found)
    }
    guard let modules = state.first(where: { $0.name == "_modules" }) else { return }
    for (name, module) in try members(of: modules.value, prefix: prefix) {
      try collect(module, prefix: "\(prefix)\(name).", depth: depth + 1, into: &found)
    }
  }

  private mutating func collectMembers(
    _ value: PickleValue, prefix: String,
    into found: inout [(name: String, record: TensorRecord)]
  ) throws(InputError) {
    for (name, value) in try members(of: value, prefix: prefix) {
      if let record = try archive.tensorRecord(value, name: prefix + name) {
        found.append((prefix + name, record))
      } else if value != .none {
        leftOut.append(prefix + name)
      }
    }
  }

  /// Returns the members of a dictionary and counts them.
  ///
  /// The count ends the walk through modules that contain each other.
  private mutating func members(
    of value: PickleValue, prefix: String
  ) throws(InputError) -> [(name: String, value: PickleValue)] {
    let members = archive.pickle.members(of: value) ?? []
    try count(members.count + 1, prefix: prefix)
    return members
  }

  private mutating func count(_ members: Int, prefix: String) throws(InputError) {
    visitedMembers += members
    guard visitedMembers <= PickleReader.maximumValues else {
      throw archive.unreadable(prefix, "its modules have more members than the pickle has values")
    }
  }

  /// Drops the counter that `torch.optim.swa_utils.AveragedModel` keeps beside its module.
  private mutating func dropCountOfAveragedModels(
    from found: inout [(name: String, record: TensorRecord)]
  ) {
    let isCount = { (name: String) in name == "n_averaged" }
    guard found.contains(where: { isCount($0.name) }),
      found.allSatisfy({ isCount($0.name) || $0.name.hasPrefix("module.") })
    else { return }
    found.removeAll { isCount($0.name) }
    notes.append("left out 'n_averaged', the number of averaged models")
  }

  /// Returns the attributes of a module that `torch.save(model)` pickled whole; `nil` for others.
  private func moduleState(_ value: PickleValue) -> [(name: String, value: PickleValue)]? {
    guard let node = archive.pickle.node(value), case .call = node.kind,
      let state = archive.pickle.members(of: node.state),
      state.contains(where: { $0.name == "_parameters" })
    else { return nil }
    return state
  }

  private func noWeights(in value: PickleValue) -> InputError {
    let names = archive.pickle.members(of: value)?.map(\.name) ?? []
    let content =
      names.isEmpty ? "its content is no dictionary of names" : "its keys are \(Self.list(names))"
    return .unreadable(
      archive.place, because: "no tensors were found; \(content)",
      try: "save model.state_dict() with torch.save")
  }
}

/// The prefixes that module wrappers add to every name.
enum WrapperPrefix {
  private static let known = ["module.", "_orig_mod.", "model.", "net.", "backbone."]

  /// Returns the names without the prefixes that all of them share, and a note on each prefix.
  static func strip(_ names: [String]) -> (names: [String], notes: [String]) {
    var names = names
    var notes: [String] = []
    while let prefix = known.first(where: { prefix in isShared(prefix, by: names) }) {
      names = names.map { String($0.dropFirst(prefix.count)) }
      notes.append("removed the prefix '\(prefix)' from \(names.count) names")
    }
    return (names, notes)
  }

  private static func isShared(_ prefix: String, by names: [String]) -> Bool {
    !names.isEmpty && names.allSatisfy { $0.hasPrefix(prefix) && $0.count > prefix.count }
  }
}
