package import Files
package import Foundation
package import Tensors

/// The content of a checkpoint file, with notes on how it was read.
package struct CheckpointFile: Sendable {
  /// The tensors as `Float` in the order of the file, without wrappers and prefixes.
  package let stateDict: StateDict
  /// The name of the container: "PyTorch zip", "PyTorch legacy", "safetensors" or "ONNX".
  package let format: String
  /// The number of tensors of each element type, such as `["float32": 61, "int64": 20]`.
  package let elementTypes: [String: Int]
  /// The `__metadata__` of a safetensors file, or the metadata of an ONNX file; otherwise empty.
  package let metadata: [String: String]
  /// One line for each thing that was unwrapped, stripped or left out.
  package let notes: [String]
  /// The unknown globals of the pickle, such as `posix.system`, which were not executed.
  package let inertGlobals: [String]

  package init(
    stateDict: StateDict, format: String, elementTypes: [String: Int],
    metadata: [String: String], notes: [String], inertGlobals: [String]
  ) {
    self.stateDict = stateDict
    self.format = format
    self.elementTypes = elementTypes
    self.metadata = metadata
    self.notes = notes
    self.inertGlobals = inertGlobals
  }
}

/// A reader of the file formats in which ResNet weights are published.
///
/// It never executes code from a file.
package enum Checkpoint {
  /// Returns the weights in the file at `url`.
  ///
  /// The format is recognised by the file's content, not by its name.
  ///
  /// - Parameter preferEMA: If true, the moving averages (EMA) of the weights are taken. Otherwise
  ///   they are taken only if the file holds no plain weights.
  /// - Throws: `missingInput` if the file cannot be opened, `badData` if it is malformed, is of
  ///   another kind or holds a weight that is not finite, `usage` if `preferEMA` is true and the
  ///   file holds no averages.
  package static func read(
    _ url: URL, preferEMA: Bool = false
  ) throws(InputError) -> CheckpointFile {
    try read(MappedFile.read(url), place: url.relativePath, preferEMA: preferEMA)
  }

  /// Returns the weights in the file with these bytes; error messages call the file `place`.
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
    case .onnx:
      throw .unreadable(
        place, because: "it is an ONNX file, where tensors without a graph are needed",
        try: "name a .pth, .pt, .th or .safetensors file")
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
      throw .unreadable(place, because: "the safetensors file holds no tensors")
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
          try: "export it again or train the model again; such weights cannot be evaluated")
      }
      stateDict[name] = named.tensor
    }
    return CheckpointFile(
      stateDict: stateDict, format: format,
      elementTypes: tensors.reduce(into: [:]) { $0[$1.elementType.rawValue, default: 0] += 1 },
      metadata: metadata, notes: notes + stripped.notes, inertGlobals: inertGlobals)
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
