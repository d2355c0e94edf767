internal import Foundation
internal import Tensors

/// The plain facts that training scripts keep beside the weights: names, options and scores.
struct TrainingFacts {
  private static let mostFacts = 500
  /// The keys of objects and dictionaries whose members are facts too.
  private static let containers: Set = [
    "args", "hyper_parameters", "hparams", "config", "cfg", "opt", "meta", "model_args",
    "model_kwargs", "params",
  ]

  /// The facts as text; the key of a member of `args` or another container has a dot.
  private(set) var values: [String: String] = [:]

  /// Adds the facts among the members of `value`; the first value of a key stays.
  mutating func read(_ value: PickleValue, of archive: PyTorchArchive) {
    guard archive.pickle.entryCount(of: value) <= 10_000,
      let members = archive.pickle.members(of: value)
    else { return }
    add(members, prefix: "", depth: 0, of: archive)
  }

  private mutating func add(
    _ members: [(name: String, value: PickleValue)], prefix: String, depth: Int,
    of archive: PyTorchArchive
  ) {
    let pickle = archive.pickle
    for (name, value) in members where values.count < Self.mostFacts {
      let key = prefix + name
      if let text = pickle.plainText(value) ?? pickle.numberText(value) ?? archive.scalarText(value)
      {
        if values[key] == nil { values[key] = text }
      } else if case .text(let text) = value, ["cfg", "config"].contains(name) {
        // MMEngine keeps its configuration as text; the style "caffe" moves the stride of bottlenecks.
        values["\(prefix)style"] = text.contains("style='caffe'") ? "caffe" : "pytorch"
      } else if depth < 2, depth > 0 || Self.containers.contains(name) {
        let node = pickle.node(value)
        let inner = pickle.members(of: value) ?? node.flatMap { pickle.members(of: $0.state) }
        guard let inner, inner.count <= 1000 else { continue }
        add(inner, prefix: "\(key).", depth: depth + 1, of: archive)
      }
    }
  }
}

extension PyTorchArchive {
  /// Returns the number of a tensor with one scalar as text.
  fileprivate func scalarText(_ value: PickleValue) -> String? {
    guard isTensor(value), let record = try? tensorRecord(value, name: ""),
      record.layout.sizes.allSatisfy({ $0 == 1 }), record.layout.sizes.count <= 1,
      let tensor = try? tensor(record, name: "")
    else { return nil }
    return tensor.scalars.first.map { "\($0)" }
  }
}

extension Pickle {
  /// Returns a number of numpy, such as `best_acc1`, as text.
  fileprivate func numberText(_ value: PickleValue) -> String? {
    guard case .call(.global(let function), let arguments)? = node(value)?.kind,
      function.hasSuffix("core.multiarray.scalar"), arguments.count == 2,
      case .call(_, let type)? = node(arguments[0])?.kind, case .text(let typeName)? = type.first,
      typeName.hasPrefix("f"), let bytes = bytes(arguments[1])
    else { return nil }
    switch bytes.count {
    case 8:
      let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return "\(Double(bitPattern: bits))"
    case 4:
      let bits = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return "\(Float(bitPattern: bits))"
    default: return nil
    }
  }

  /// Returns the bytes of a value, which protocol 2 writes as text in Latin-1.
  private func bytes(_ value: PickleValue) -> Data? {
    if case .bytes(let data) = value { return data }
    guard case .call(.global("_codecs.encode"), let arguments)? = node(value)?.kind,
      case .text(let text)? = arguments.first
    else { return nil }
    let scalars = text.unicodeScalars.map { UInt8(exactly: $0.value) }
    guard !scalars.contains(nil) else { return nil }
    return Data(scalars.compactMap { $0 })
  }
}
