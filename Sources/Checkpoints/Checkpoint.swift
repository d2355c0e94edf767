import Execution
package import Files
package import Foundation
package import Tensors

/// The content of a checkpoint file, with notes on how it was read.
package struct CheckpointFile: Sendable {
  /// The tensors as `Float` in the order of the file, without wrappers and prefixes.
  package let stateDict: StateDict
  /// The name of the container, such as "PyTorch zip", "TorchScript", "safetensors" or "ONNX".
  package let format: String
  /// The number of tensors of each element type, such as `["float32": 61, "int64": 20]`.
  package let elementTypes: [String: Int]
  /// The `__metadata__` of a safetensors file; empty for other formats.
  package let metadata: [String: String]
  /// One line for each wrapper that was opened, prefix that was removed and member that was left out.
  package let notes: [String]
  /// The unknown globals of the pickle, such as `posix.system`, which were not executed.
  package let inertGlobals: [String]
  /// The plain facts that a training script keeps beside the weights, such as `arch` or `args.model`.
  package let facts: [String: String]
  /// The modules of a network that was saved whole; empty for a state dict.
  package let modules: [NamedModule]
  /// The SHA-256 of the file's bytes as they were read; for shards, of all files' hashes.
  package fileprivate(set) var digest = ""
}

extension CheckpointFile {
  /// Describes an ONNX file, which has no state dict, because a graph holds its tensors.
  package init(
    of file: ONNXFile, elementTypes: [String: Int], notes: [String]
  ) {
    self.init(
      stateDict: StateDict(), format: file.urls.count > 1 ? "ONNX with external data" : "ONNX",
      elementTypes: elementTypes,
      metadata: Dictionary(
        file.model.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }),
      notes: notes, inertGlobals: [], facts: [:], modules: [], digest: file.digest)
  }
}

/// A reader of the file formats in which ResNet weights are published.
///
/// It never executes code from a file.
package enum Checkpoint {
  /// The limit on the bytes of a tensor's name.
  private static let longestName = 4096

  /// Returns the weights in the file at `url`.
  ///
  /// The format is recognised by the file's content, not by its name. Only the index of a checkpoint in
  /// several files is recognised by its name, which ends in `.index.json`.
  ///
  /// - Parameter preferEMA: If true, the moving averages (EMA) of the weights are taken. Otherwise
  ///   they are taken only if the file holds no plain weights.
  /// - Throws: `missingInput` if the file cannot be opened, `badData` if it is malformed, is of
  ///   another kind or holds a weight that is not finite, `usage` if `preferEMA` is true and the
  ///   file holds no averages.
  package static func read(
    _ url: URL, preferEMA: Bool = false
  ) throws(InputError) -> CheckpointFile {
    let bytes = try InputFile.read(url)
    let place = url.relativePath
    guard ShardIndex.isIndex(url) else {
      let digest = Future(context: Context(threads: 2)) { SHA256.hexDigest(of: bytes) }
      var file = try read(bytes, place: place, preferEMA: preferEMA)
      file.digest = digest.value()
      return file
    }
    let index = try ShardIndex(bytes, place: place)
    var shards: [Content] = []
    var digests = SHA256.hexDigest(of: bytes)
    for name in index.fileNames {
      let shard = url.deletingLastPathComponent().appending(path: name)
      let bytes = try InputFile.read(shard)
      shards.append(try content(of: bytes, place: shard.relativePath, preferEMA: preferEMA))
      digests += SHA256.hexDigest(of: bytes)
    }
    let joined = Content(joining: shards)
    try index.check(joined.tensors.map(\.name), place: place)
    var file = try joined.file(place: place, longestName: longestName)
    file.digest = SHA256.hexDigest(of: Data(digests.utf8))
    return file
  }

  /// Returns the weights in the file with these bytes; error messages call the file `place`.
  static func read(
    _ bytes: Data, place: String, preferEMA: Bool
  ) throws(InputError) -> CheckpointFile {
    try content(of: bytes, place: place, preferEMA: preferEMA)
      .file(place: place, longestName: longestName)
  }

  private static func content(
    of bytes: Data, place: String, preferEMA: Bool
  ) throws(InputError) -> Content {
    switch FileKind(bytes) {
    case .zip:
      return try content(
        of: PyTorchArchive(zip: bytes, place: place), bytes.count, preferEMA: preferEMA)
    case .pickle:
      return try content(
        of: PyTorchArchive(legacy: bytes, place: place), bytes.count, preferEMA: preferEMA)
    case .safetensors:
      return try content(
        of: SafetensorsFile(bytes, place: place), place: place, preferEMA: preferEMA)
    case .onnx:
      throw .unreadable(
        place, because: "it is an ONNX file, but tensors without a graph are needed",
        try: "name a .pth, .pt, .th or .safetensors file")
    case .other(let appearance, let remedy):
      throw .unreadable(place, because: appearance, try: remedy)
    }
  }

  private static func content(
    of archive: PyTorchArchive, _ fileByteCount: Int, preferEMA: Bool
  ) throws(InputError) -> Content {
    var unwrapping = Unwrapping(archive)
    let records = try unwrapping.tensors(preferEMA: preferEMA)
    var budget = ScalarBudget(fileByteCount: fileByteCount)
    var tensors: [NamedTensor] = []
    for named in records {
      let (name, record) = (named.name, named.record)
      try budget.spend(record.layout.count ?? .max, at: "\(archive.place): \(name)")
      let tensor = try archive.tensor(record, name: name)
      tensors.append(
        NamedTensor(name: name, tensor: tensor, elementType: record.layout.elementType))
    }
    return Content(
      tensors: tensors, format: archive.format, notes: unwrapping.notes,
      inertGlobals: archive.inertGlobals, facts: unwrapping.facts.values,
      modules: unwrapping.modules)
  }

  private static func content(
    of file: SafetensorsFile, place: String, preferEMA: Bool
  ) throws(InputError) -> Content {
    guard !file.entries.isEmpty else {
      throw .unreadable(place, because: "the safetensors file holds no tensors")
    }
    let averages = AveragedNames(file.entries.map(\.name), preferAverage: preferEMA)
    guard !preferEMA || averages != nil else { throw Unwrapping.noAverage(place) }
    let tensors = file.entries.compactMap { entry in
      (averages.map { $0.select(entry.name) } ?? entry.name).map {
        NamedTensor(name: $0, tensor: entry.tensor, elementType: entry.elementType)
      }
    }
    return Content(
      tensors: tensors, format: "safetensors", metadata: file.metadata,
      notes: averages.map { [$0.note] } ?? [])
  }
}

/// The content of one file before wrapping prefixes are removed from its names.
private struct Content {
  var tensors: [NamedTensor]
  var format: String
  var metadata: [String: String] = [:]
  var notes: [String] = []
  var inertGlobals: [String] = []
  var facts: [String: String] = [:]
  var modules: [NamedModule] = []

  func file(place: String, longestName: Int) throws(InputError) -> CheckpointFile {
    let stripped = WrapperPrefix.strip(tensors.map(\.name))
    var stateDict = StateDict()
    for (name, named) in zip(stripped.names, tensors) {
      guard name.utf8.count <= longestName else {
        throw .unreadable(
          place,
          because: "a tensor's name has \(name.utf8.count) bytes; the limit is \(longestName)")
      }
      if let index = named.tensor.firstNonFinite {
        throw InputError(
          .badCheckpoint, "cannot use the checkpoint", at: "\(place): \(named.name)",
          because: "element \(index) of \(named.tensor.scalars.count) is"
            + " \(named.tensor.scalars[index])",
          try: "export it again or train the model again; such weights cannot be evaluated")
      }
      stateDict[name] = named.tensor
    }
    return CheckpointFile(
      stateDict: stateDict, format: format,
      elementTypes: tensors.reduce(into: [:]) { $0[$1.elementType.rawValue, default: 0] += 1 },
      metadata: metadata, notes: notes + stripped.notes, inertGlobals: inertGlobals, facts: facts,
      modules: modules.compactMap { module in
        guard module.path.hasPrefix(stripped.prefix) else { return nil }
        return NamedModule(
          path: String(module.path.dropFirst(stripped.prefix.count)), module: module.module)
      })
  }
}

extension Content {
  /// Joins the shards of one checkpoint, in their order.
  init(joining shards: [Content]) {
    self.init(
      tensors: shards.flatMap(\.tensors),
      format: "\(shards.first?.format ?? "") in \(shards.count) shards",
      notes: shards.flatMap(\.notes), inertGlobals: shards.flatMap(\.inertGlobals),
      facts: shards.reduce(into: [:]) { $0.merge($1.facts) { first, _ in first } },
      modules: shards.flatMap(\.modules))
  }
}

/// A tensor with its name and its element type in the file.
private struct NamedTensor {
  let name: String
  let tensor: Tensor
  let elementType: ElementType
}

/// A limit on the number of scalars that a file may unfold to.
///
/// Without it, views with a stride of 0 or views shared by many names could fill the memory from a
/// few bytes.
private struct ScalarBudget {
  private static let allowance = 1 << 20
  private let limit: Int
  private var left: Int

  init(fileByteCount: Int) {
    limit = fileByteCount + Self.allowance
    left = limit
  }

  /// Takes `count` scalars from the budget; throws `badData` if fewer are left.
  mutating func spend(_ count: Int, at place: String) throws(InputError) {
    guard count <= left else {
      throw .unreadable(
        place, because: "the tensors up to this one unfold to more than \(limit) scalars")
    }
    left -= count
  }
}
