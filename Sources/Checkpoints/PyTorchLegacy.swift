internal import Files
internal import Foundation

extension PyTorchArchive {
  /// The little-endian bytes of 0x1950A86A20F9469CFC6C, the number in a legacy file's first pickle.
  private static let legacyMagic = Data([
    0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ])

  /// Opens the container of PyTorch before 1.6.
  ///
  /// It holds five pickles (magic number, protocol 1001, system, object, storage keys), then each
  /// storage as a number of elements and its bytes.
  init(legacy bytes: Data, place: String) throws(InputError) {
    var source = ByteReader(bytes, place: place)
    let first = try source.pickle()
    guard first.root == .longInteger(Self.legacyMagic) else {
      throw ForeignArchive.refusal(of: first, at: place)
    }
    let version = try source.pickle().root
    guard version == .integer(1001) else {
      throw source.malformed("its legacy protocol is \(version), but only 1001 is read")
    }
    let system = try source.pickle()
    let littleEndian = system.members(of: system.root)?.last { $0.name == "little_endian" }
    guard littleEndian?.value == .bool(true) else {
      throw source.malformed(
        "it is not marked as little-endian, the only byte order that is supported")
    }
    let pickle = try source.pickle()
    let storages = try source.legacyStorages(of: pickle)
    self.init(pickle: pickle, storages: storages, place: place, format: "PyTorch legacy")
  }
}

extension ByteReader {
  fileprivate mutating func pickle() throws(InputError) -> Pickle {
    var reader = PickleReader(self)
    let pickle = try reader.read()
    self = reader.source
    return pickle
  }

  /// Reads the list of storage keys and the storages after it.
  ///
  /// Their element types come from the pickle of the object.
  fileprivate mutating func legacyStorages(
    of object: Pickle
  ) throws(InputError) -> [String: Data] {
    var elementTypes: [String: ElementType] = [:]
    for case .persistent(let identifier) in object.nodes.map(\.kind) {
      guard let reference = object.storageReference(identifier) else { continue }
      guard !reference.typeName.hasPrefix("torch.Q") else {
        throw .unreadable(
          place,
          because: "storage '\(reference.key)' is a \(reference.typeName): the checkpoint is"
            + " quantized already",
          try: "use the floating-point checkpoint from which it was made")
      }
      guard let type = reference.elementType else {
        throw malformed(
          "storage '\(reference.key)' is a \(reference.typeName), which is not supported")
      }
      guard elementTypes.updateValue(type, forKey: reference.key) ?? type == type else {
        throw malformed("storage '\(reference.key)' is used with two element types")
      }
    }

    let keyList = try pickle()
    guard let keys = keyList.items(of: keyList.root) else {
      throw malformed("the list of storages is missing before byte \(position)")
    }
    var storages: [String: Data] = [:]
    for case .text(let key) in keys {
      guard let type = elementTypes[key] else {
        throw malformed(
          "storage '\(key)' is listed but no tensor uses it, so its size is unknown")
      }
      let count = try length(Int64.self)
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow, byteCount <= remaining else {
        throw malformed(
          "storage '\(key)' should have \(count) elements of \(type.byteCount) bytes at byte"
            + " \(position), but only \(remaining) bytes are left: the file is cut off")
      }
      storages[key] = try take(byteCount)
    }
    return storages
  }
}
