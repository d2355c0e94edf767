package import Files
package import Foundation
package import Tensors

/// A checkpoint as read: its weights, and what was learnt and decided on the way.
package struct CheckpointFile: Sendable {
  /// The tensors as `Float`, wrappers and prefixes removed, in the order of the file.
  package let stateDict: StateDict
  /// The container: "PyTorch zip", "PyTorch legacy" or "safetensors".
  package let format: String
  /// How many tensors have which element type in the file, such as `["float32": 61, "int64": 20]`.
  package let elementTypes: [String: Int]
  /// The `__metadata__` of a safetensors file, else empty.
  package let metadata: [String: String]
  /// One line for every choice: what was unwrapped, stripped or left out.
  package let notes: [String]
  /// The globals of the pickle that are not known and stayed inert, such as `posix.system`.
  package let inertGlobals: [String]
}

/// Reads the files that ResNet weights come in.
///
/// Nothing in a file is ever executed.
package enum Checkpoint {
  /// The weights in the file at `url`, whose format is told by its content, not by its name.
  ///
  /// Of plain weights and their moving averages, the plain ones are taken unless `preferEMA`.
  /// Throws for files that are absent, malformed or of another kind, and for weights that are not
  /// finite.
  package static func read(
    _ url: URL, preferEMA: Bool = false
  ) throws(InputError) -> CheckpointFile {
    try read(MappedFile.read(url), place: url.relativePath, preferEMA: preferEMA)
  }

  /// The weights in the file of these bytes, which errors call `place`.
  static func read(
    _ bytes: Data, place: String, preferEMA: Bool
  ) throws(InputError) -> CheckpointFile {
    switch FileKind(bytes) {
    case .zip:
      return try read(PyTorchArchive(zip: bytes, place: place), bytes.count, preferEMA: preferEMA)
    case .pickle:
      return try read(
        PyTorchArchive(legacy: bytes, place: place), bytes.count, preferEMA: preferEMA)
    case .safetensors:
      guard !preferEMA else { throw Unwrapping.noAverage(place) }
      return try read(SafetensorsFile(bytes, place: place), place: place)
    case .other(let appearance, let remedy):
      throw .unreadable(place, because: appearance, try: remedy)
    }
  }

  private static func read(
    _ archive: PyTorchArchive, _ fileByteCount: Int, preferEMA: Bool
  ) throws(InputError) -> CheckpointFile {
    var unwrapping = Unwrapping(archive)
    let records = try unwrapping.tensors(preferEMA: preferEMA)
    var budget = ScalarBudget(fileByteCount: fileByteCount)
    var tensors: [NamedTensor] = []
    for (name, record) in records {
      try budget.spend(record.layout.count ?? .max, at: "\(archive.place): \(name)")
      let tensor = try archive.tensor(record, name: name)
      tensors.append(
        NamedTensor(name: name, tensor: tensor, elementType: record.layout.elementType))
    }
    return try assemble(
      tensors, format: archive.format, place: archive.place, notes: unwrapping.notes,
      inertGlobals: archive.inertGlobals)
  }

  private static func read(
    _ file: SafetensorsFile, place: String
  ) throws(InputError) -> CheckpointFile {
    guard !file.entries.isEmpty else {
      throw .unreadable(place, because: "a safetensors file without tensors")
    }
    let tensors = file.entries.map {
      NamedTensor(name: $0.name, tensor: $0.tensor, elementType: $0.elementType)
    }
    return try assemble(tensors, format: "safetensors", place: place, metadata: file.metadata)
  }

  private static func assemble(
    _ tensors: [NamedTensor], format: String, place: String, metadata: [String: String] = [:],
    notes: [String] = [], inertGlobals: [String] = []
  ) throws(InputError) -> CheckpointFile {
    let stripped = WrapperPrefix.strip(tensors.map(\.name))
    var stateDict = StateDict()
    for (name, named) in zip(stripped.names, tensors) {
      if let index = named.tensor.firstNonFinite {
        throw InputError(
          .badData, "cannot use the checkpoint", at: "\(place): \(named.name)",
          because: "element \(index) of \(named.tensor.scalars.count) is"
            + " \(named.tensor.scalars[index])",
          try: "train or export it again; such weights cannot be evaluated")
      }
      stateDict[name] = named.tensor
    }
    return CheckpointFile(
      stateDict: stateDict, format: format,
      elementTypes: tensors.reduce(into: [:]) { $0[$1.elementType.rawValue, default: 0] += 1 },
      metadata: metadata, notes: notes + stripped.notes, inertGlobals: inertGlobals)
  }
}

private struct NamedTensor {
  let name: String
  let tensor: Tensor
  let elementType: ElementType
}

/// How many scalars a file may unfold to: views with a stride of 0, or shared by many names, could
/// otherwise fill the memory from a few bytes.
private struct ScalarBudget {
  private static let allowance = 1 << 20
  private let limit: Int
  private var left: Int

  init(fileByteCount: Int) {
    limit = fileByteCount + Self.allowance
    left = limit
  }

  mutating func spend(_ count: Int, at place: String) throws(InputError) {
    guard count <= left else {
      throw .unreadable(
        place, because: "the tensors up to this one unfold to more than \(limit) scalars")
    }
    left -= count
  }
}
