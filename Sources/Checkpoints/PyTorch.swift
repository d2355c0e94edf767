internal import Files
internal import Foundation
internal import Tensors

/// The content of a file written by `torch.save`: one pickle and the storages that it refers to.
struct PyTorchArchive {
  let pickle: Pickle
  let storages: [String: Data]
  let place: String
  let format: String
  /// The constants of the modules' classes; none unless it is a TorchScript archive.
  var constants = ScriptConstants()
}

extension PyTorchArchive {
  /// Opens the zip container of PyTorch 1.6 and later.
  ///
  /// The pickle is `NAME/data.pkl`, and the storages are `NAME/data/KEY`.
  init(zip bytes: Data, place: String) throws(InputError) {
    let zip = try Zip(bytes, place: place)
    let pickles = zip.entries.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    if let refusal = ForeignArchive.refusal(ofEntries: zip.entries.map(\.name), at: place) {
      throw refusal
    }
    guard let entry = pickles.first, pickles.count == 1 else {
      let names = zip.entries.prefix(3).map(\.name).joined(separator: ", ")
      throw .unreadable(
        place,
        because: "the zip archive has \(pickles.count) entries called data.pkl instead of one"
          + " (its first entries are: \(names))")
    }
    let folder = String(entry.name.dropLast("data.pkl".count))
    let source = ByteReader(try zip.contents(of: entry), place: "\(place): \(entry.name)")
    var reader = PickleReader(source)
    let pickle = try reader.read()

    try Self.checkByteOrder(of: zip, in: folder)
    var storages: [String: Data] = [:]
    let prefix = folder + "data/"
    for entry in zip.entries where entry.name.hasPrefix(prefix) {
      storages[String(entry.name.dropFirst(prefix.count))] = try zip.contents(of: entry)
    }
    let isScript = zip.entries.contains { $0.name.hasPrefix(folder + "code/") }
    self.init(
      pickle: pickle, storages: storages, place: place,
      format: isScript ? "TorchScript" : "PyTorch zip",
      constants: try ScriptConstants(zip, in: folder))
  }

  private static func checkByteOrder(of zip: Zip, in folder: String) throws(InputError) {
    guard let entry = zip.entries.first(where: { $0.name == folder + "byteorder" }) else { return }
    let order = String(decoding: try zip.contents(of: entry).prefix(16), as: UTF8.self)
    guard order == "little" else {
      throw .unreadable(
        zip.place, because: "its byte order is '\(order)'; only 'little' is supported",
        try: "save it again on a little-endian machine")
    }
  }
}

/// A tensor of a pickle: the storage and the layout of its scalars in it.
struct TensorRecord {
  let storage: String
  let layout: StridedLayout
}

extension PyTorchArchive {
  /// The globals that a checkpoint of weights needs; all others are reported as inert.
  private static let knownGlobals: Set<String> = [
    "collections.OrderedDict", "collections.defaultdict", "torch.Size", "torch.device",
    "torch.serialization._get_layout", "torch.nn.parameter.Parameter", "_codecs.encode",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.dtype",
    "numpy.ndarray", "torch.storage.UntypedStorage", "torch.Tensor",
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type_v2",
  ]

  /// The unknown globals, in order of first appearance.
  var inertGlobals: [String] {
    pickle.globals.filter {
      !Self.knownGlobals.contains($0) && ElementType(torchName: $0) == nil
    }
  }

  /// Returns the tensor that `value` describes, or `nil` if it describes something else.
  ///
  /// - Parameter name: The tensor's name for error messages.
  /// - Throws: `badData` if the tensor is malformed or of an unsupported kind.
  func tensorRecord(_ value: PickleValue, name: String) throws(InputError) -> TensorRecord? {
    guard case .call(.global(let function), let arguments)? = pickle.node(value)?.kind else {
      return nil
    }
    switch function {
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
      return try viewRecord(arguments, elementType: nil, name: name)
    case "torch._utils._rebuild_tensor_v3":
      guard arguments.count > 6, case .global(let dtype) = arguments[6],
        let elementType = ElementType(torchName: dtype)
      else { throw unreadable(name, "its element type is not supported") }
      return try viewRecord(arguments, elementType: elementType, name: name)
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      return try wrappedRecord(arguments, name: name)
    case "torch._tensor._rebuild_from_type_v2":
      guard arguments.count > 2, case .global(let inner) = arguments[0],
        inner.hasPrefix("torch._utils._rebuild_tensor"),
        let innerArguments = pickle.items(of: arguments[2])
      else { throw unreadable(name, "it is a tensor subclass that is not supported") }
      return try viewRecord(innerArguments, elementType: nil, name: name)
    case "torch._utils._rebuild_qtensor":
      throw .unreadable(
        "\(place): \(name)",
        because: "it is a quantized tensor (torch._utils._rebuild_qtensor): the checkpoint is"
          + " quantized already",
        try: "use the floating-point checkpoint from which it was made, or export the model to ONNX"
      )
    case let other where other.hasPrefix("torch._utils._rebuild_"):
      throw unreadable(
        name, "it is made by \(other), but only dense tensors of plain numbers are supported")
    default: return nil
    }
  }

  /// Returns the tensor inside a parameter.
  ///
  /// It looks one level deep only, because a parameter never wraps another one.
  private func wrappedRecord(
    _ arguments: [PickleValue], name: String
  ) throws(InputError) -> TensorRecord {
    guard let inner = arguments.first,
      case .call(.global(let function), let arguments)? = pickle.node(inner)?.kind,
      function.hasPrefix("torch._utils._rebuild_tensor")
    else { throw unreadable(name, "it is a parameter without a tensor") }
    return try viewRecord(arguments, elementType: nil, name: name)
  }

  /// The limit on a tensor's dimensions, the same as PyTorch's.
  private static let maximumRank = 64

  /// Returns the record of a tensor rebuilt from (storage, offset, sizes, strides, …).
  private func viewRecord(
    _ arguments: [PickleValue], elementType: ElementType?, name: String
  ) throws(InputError) -> TensorRecord {
    let rank = arguments.count > 2 ? pickle.items(of: arguments[2])?.count ?? 0 : 0
    guard rank <= Self.maximumRank else {
      throw unreadable(name, "it has \(rank) dimensions; the limit is \(Self.maximumRank)")
    }
    guard arguments.count >= 4, case .integer(let offset) = arguments[1],
      let sizes = pickle.integers(of: arguments[2]),
      let strides = pickle.integers(of: arguments[3]), sizes.count == strides.count,
      let storage = try storageReference(arguments[0], name: name)
    else { throw unreadable(name, "its storage, offset, sizes or strides are malformed") }
    guard let type = elementType ?? storage.elementType else {
      throw unreadable(name, "its elements are \(storage.typeName), which are not supported")
    }
    let (start, overflow) = offset.addingReportingOverflow(storage.offset)
    guard offset >= 0, !overflow, (sizes + strides).allSatisfy({ $0 >= 0 }) else {
      throw unreadable(
        name,
        "its offset \(offset), sizes \(sizes) or strides \(strides) are negative or too large")
    }
    return TensorRecord(
      storage: storage.key,
      layout: StridedLayout(elementType: type, offset: start, sizes: sizes, strides: strides))
  }

  /// Returns the scalars of `record` as a contiguous tensor.
  func tensor(_ record: TensorRecord, name: String) throws(InputError) -> Tensor {
    let layout = record.layout
    guard let storage = storages[record.storage] else {
      throw unreadable(name, "its storage '\(record.storage)' is not in the file")
    }
    guard let count = layout.count, let needed = layout.storageByteCount else {
      throw unreadable(name, "its sizes \(layout.sizes) or strides \(layout.strides) overflow")
    }
    guard needed <= storage.count else {
      throw unreadable(
        name,
        "it needs \(needed) bytes of storage '\(record.storage)', which holds \(storage.count)")
    }
    return Tensor(shape: Shape(layout.sizes), scalars: layout.floats(from: storage, count: count))
  }

  /// Returns the error for a tensor called `name`.
  func unreadable(_ name: String, _ reason: String) -> InputError {
    .unreadable("\(place): \(name)", because: reason)
  }
}

/// A reference of a tensor to its storage.
struct StorageReference {
  let key: String
  let typeName: String
  /// The element of the storage at which the tensor's view of it begins; not 0 only in very old
  /// files.
  let offset: Int

  /// The element type; `nil` for untyped storages and for unsupported types.
  var elementType: ElementType? { ElementType(torchName: typeName) }
}

extension PyTorchArchive {
  private func storageReference(
    _ value: PickleValue, name: String
  ) throws(InputError) -> StorageReference? {
    guard case .persistent(let identifier)? = pickle.node(value)?.kind else { return nil }
    return pickle.storageReference(identifier)
  }
}

extension Pickle {
  /// Returns the storage that a persistent id names.
  ///
  /// The id is ('storage', type, key, location, count[, view]). The location, a device such as
  /// `cuda:0`, is ignored.
  func storageReference(_ identifier: PickleValue) -> StorageReference? {
    guard let items = items(of: identifier), items.count >= 5, items[0] == .text("storage"),
      case .global(let typeName) = items[1], case .text(let key) = items[2]
    else { return nil }
    guard items.count > 5, items[5] != .none else {
      return StorageReference(key: key, typeName: typeName, offset: 0)
    }
    guard let view = self.items(of: items[5]), view.count == 3, case .integer(let offset) = view[1],
      offset >= 0
    else { return nil }
    return StorageReference(key: key, typeName: typeName, offset: offset)
  }
}
