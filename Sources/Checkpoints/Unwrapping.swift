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
    "averaged_model", "swa_state_dict", "swa_model",
  ]
  private static let maximumDepth = 64

  private let archive: PyTorchArchive
  private(set) var notes: [String] = []
  /// The plain facts that the training script keeps beside the weights, such as `arch`.
  private(set) var facts = TrainingFacts()
  /// The modules of a network that was saved whole.
  private(set) var modules: [ModuleRecord] = []

  init(_ archive: PyTorchArchive) { self.archive = archive }

  /// Returns the named tensors in the order of the file.
  ///
  /// - Parameter preferEMA: True if moving averages are wanted.
  /// - Throws: `usage` if averages are wanted but missing, `badData` if there are no weights.
  mutating func tensors(
    preferEMA: Bool
  ) throws(InputError) -> [NamedRecord] {
    var value = archive.pickle.root
    var seeksAverage = preferEMA
    var path = ""
    var plain: PickleValue?
    var visited: Set<Int> = []
    for _ in 0..<Self.maximumDepth {
      if case .node(let index) = value, !visited.insert(index).inserted {
        throw archive.unreadable(path, "the dictionary contains itself")
      }
      facts.read(value, of: archive)
      guard let choice = choose(from: value, seeksAverage: seeksAverage) else { break }
      if choice.isAverage {
        seeksAverage = false
        plain = choice.plainBeside
        if let shadow = try shadowParameters(choice.value, of: choice.plainBeside) {
          notes.append("took the averaged (EMA) parameters of '\(choice.key)'")
          return shadow
        }
      }
      path += (path.isEmpty ? "" : ".") + choice.key
      noteChoice(choice, path: path)
      value = choice.value
    }
    var found = try collect(value)
    guard !found.isEmpty else { throw noWeights(in: value) }
    let averages = AveragedNames(found.map(\.name), preferAverage: seeksAverage)
    if seeksAverage, averages == nil { throw Self.noAverage(archive.place) }
    if let averages {
      notes.append(averages.note)
      found = found.compactMap { record in
        averages.select(record.name).map { NamedRecord(name: $0, record: record.record) }
      }
    }
    if let plain, !found.contains(where: { $0.name.hasSuffix("running_mean") }) {
      found = try addingBuffers(of: plain, to: found)
    }
    dropCountOfAveragedModels(from: &found)
    return found
  }

  /// Returns the error for averaged weights that the file at `place` does not hold.
  static func noAverage(_ place: String) -> InputError {
    InputError(
      .unusedOption, "cannot take the averaged weights", at: place,
      because: "it holds no EMA weights",
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
    /// The plain weights beside averaged ones that were taken.
    let plainBeside: PickleValue?
  }

  /// Returns the wrapper to open in `value`, or `nil` if `value` is the weights themselves.
  private func choose(from value: PickleValue, seeksAverage: Bool) -> Choice? {
    guard archive.pickle.moduleState(value) == nil,
      let members = archive.pickle.members(of: value)
    else { return nil }
    func first(_ keys: [String]) -> (name: String, value: PickleValue)? {
      keys.lazy.compactMap { key in members.first { $0.name == key && holdsMembers($0.value) } }
        .first
    }
    let plain = first(Self.plainKeys) ?? onlyStateDict(in: members)
    let average = first(Self.averageKeys)
    let takesAverage = average != nil && (seeksAverage || plain == nil)
    guard let taken = takesAverage ? average : plain else { return nil }
    return Choice(
      key: taken.name, value: taken.value, isAverage: takesAverage,
      beside: members.map(\.name).filter { $0 != taken.name },
      averageBeside: takesAverage ? nil : average?.name,
      plainBeside: takesAverage ? plain?.value : nil)
  }

  /// Returns the member of any name that holds a state dict or a module, if it is the only one.
  private func onlyStateDict(
    in members: [(name: String, value: PickleValue)]
  ) -> (name: String, value: PickleValue)? {
    guard !members.contains(where: archive.isWeight) else { return nil }
    let candidates = members.filter { member in
      !Self.averageKeys.contains(member.name) && archive.holdsTensors(member.value)
    }
    return candidates.count == 1 ? candidates[0] : nil
  }

  private func holdsMembers(_ value: PickleValue) -> Bool {
    archive.pickle.moduleState(value) != nil || archive.pickle.hasMembers(value)
  }

  private mutating func noteChoice(_ choice: Choice, path: String) {
    let others = choice.beside.isEmpty ? "" : " (also there: \(Self.list(choice.beside)))"
    let kind = choice.isAverage ? ", averaged (EMA) weights," : ""
    notes.append("took '\(path)'\(kind) of a training checkpoint\(others)")
    if let average = choice.averageBeside {
      notes.append("took the plain weights; use --ema for the averaged ones in '\(average)'")
    }
  }

  private mutating func collect(_ value: PickleValue) throws(InputError) -> [NamedRecord] {
    var walk = ModuleWalk(archive)
    try walk.collect(value)
    if walk.isWholeModule { notes.append("took the tensors of a module that was saved whole") }
    if !walk.leftOut.isEmpty {
      notes.append("left out these members, which are not tensors: \(Self.list(walk.leftOut))")
    }
    modules = walk.modules
    return walk.found
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { $0.count > 100 ? "\($0.prefix(100))…" : $0 }
      .joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}

extension Unwrapping {
  /// Returns the plain tensors, with the parameters replaced by those of a `shadow_params` list.
  ///
  /// The package torch_ema keeps averages as a list in the order of the parameters.
  private mutating func shadowParameters(
    _ average: PickleValue, of plain: PickleValue?
  ) throws(InputError) -> [NamedRecord]? {
    guard let plain,
      let member = archive.pickle.members(of: average)?.first(where: { $0.name == "shadow_params" }
      ),
      let items = archive.pickle.items(of: member.value)
    else { return nil }
    var records = try collect(plain)
    let parameters = records.indices.filter { !Self.isBuffer(records[$0].name) }
    guard parameters.count == items.count else {
      throw archive.unreadable(
        "shadow_params", "it has \(items.count) tensors for \(parameters.count) parameters")
    }
    for (index, item) in zip(parameters, items) {
      let name = records[index].name
      guard let record = try archive.tensorRecord(item, name: "shadow_params of \(name)"),
        record.layout.sizes == records[index].record.layout.sizes
      else { throw archive.unreadable("shadow_params", "its tensor for \(name) has another shape") }
      records[index].record = record
    }
    return records
  }

  /// Returns averaged parameters with the buffers of the plain weights, which are not averaged.
  private mutating func addingBuffers(
    of plain: PickleValue, to found: [NamedRecord]
  ) throws(InputError) -> [NamedRecord] {
    var walk = ModuleWalk(archive)
    try walk.collect(plain)
    let buffers = walk.found.filter { Self.isBuffer($0.name) }
    let names = Set(found.map(\.name))
    guard !buffers.isEmpty, walk.found.contains(where: { names.contains($0.name) }) else {
      return found
    }
    notes.append("took the statistics of normalisation from the plain weights")
    return found + buffers.filter { !names.contains($0.name) }
  }

  private static func isBuffer(_ name: String) -> Bool {
    ["running_mean", "running_var", "num_batches_tracked"].contains { name.hasSuffix($0) }
  }

  /// Drops the counter that `torch.optim.swa_utils.AveragedModel` keeps beside its module.
  private mutating func dropCountOfAveragedModels(from found: inout [NamedRecord]) {
    let isCount = { (name: String) in name == "n_averaged" }
    guard found.contains(where: { isCount($0.name) }),
      found.allSatisfy({ isCount($0.name) || $0.name.hasPrefix("module.") })
    else { return }
    found.removeAll { isCount($0.name) }
    notes.append("left out 'n_averaged', the number of averaged models")
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
