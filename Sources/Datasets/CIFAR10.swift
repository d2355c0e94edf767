internal import Files
internal import Foundation

/// The binary version of CIFAR-10.
///
/// A record has one byte for the label and 32×32 bytes each for red, green and blue.
enum CIFAR10 {
  static let side = 32
  static let recordSize = 1 + 3 * side * side
  static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Returns true if `name` is that of a batch file.
  static func isBatch(_ name: String) -> Bool {
    name == "test_batch.bin" || (name.hasPrefix("data_batch_") && name.hasSuffix(".bin"))
  }

  /// Lists the records of the test batch for evaluation, or of the data batches for calibration.
  static func open(_ folder: Folder, purpose: ImageSet.Purpose) throws(InputError) -> ImageSet {
    let batches = folder.files.filter {
      isBatch($0.name) && ($0.name == "test_batch.bin") == (purpose == .evaluation)
    }
    guard !batches.isEmpty else {
      let (need, job) =
        purpose == .evaluation
        ? ("test_batch.bin", "evaluation") : ("data_batch_*.bin", "calibration")
      throw InputError(
        .missingInput, "cannot list the images", at: folder.path,
        because: "\(job) on CIFAR-10 needs \(need), which is not there",
        try: "unpack cifar-10-binary.tar.gz and name its folder")
    }
    var items: [ImageSet.Item] = []
    for batch in batches { items += try records(of: batch) }
    return ImageSet(
      items: items, classNames: try classNames(in: folder), layout: "CIFAR-10 binary")
  }

  private static func records(of batch: Folder.File) throws(InputError) -> [ImageSet.Item] {
    let bytes = try read(batch.path)
    guard !bytes.isEmpty, bytes.count % recordSize == 0 else {
      throw unreadable(
        batch.path, "its \(bytes.count) bytes are not a whole number of \(recordSize)-byte records")
    }
    let sha256 = SHA256.hexDigest(of: bytes)
    var items: [ImageSet.Item] = []
    for index in 0..<bytes.count / recordSize {
      let label = Int(bytes[bytes.startIndex + index * recordSize])
      guard label < classNames.count else {
        throw unreadable(batch.path, "record \(index) has the label \(label), not one of 0...9")
      }
      items.append(
        ImageSet.Item(
          name: "\(batch.name)#\(index)", label: label, byteCount: recordSize,
          source: .record(path: batch.path, index: index, sha256: sha256)))
    }
    return items
  }

  /// Returns the names in `batches.meta.txt`, one per line, or the published names if it is absent.
  private static func classNames(in folder: Folder) throws(InputError) -> [String] {
    guard let meta = folder.files.first(where: { $0.name == "batches.meta.txt" }) else {
      return classNames
    }
    let text = String(decoding: try read(meta.path), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard names.count == classNames.count else {
      throw unreadable(meta.path, "it names \(names.count) classes instead of 10")
    }
    return names
  }

  /// Returns the picture of record `index` with its colour planes interleaved.
  static func image(at index: Int, ofBatch path: String) throws(InputError) -> Image {
    let bytes: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }
      try file.seek(toOffset: UInt64(index * recordSize + 1))
      bytes = try file.read(upToCount: recordSize - 1) ?? Data()
    } catch {
      throw unreadable(path, systemReason(error))
    }
    guard bytes.count == recordSize - 1 else {
      throw unreadable(path, "record \(index) ends after \(bytes.count) of \(recordSize - 1) bytes")
    }
    let planes = [UInt8](bytes)
    let plane = side * side
    let pixels = (0..<3 * plane).map { planes[$0 % 3 * plane + $0 / 3] }
    return Image(width: side, height: side, pixels: pixels)
  }

  private static func read(_ path: String) throws(InputError) -> Data {
    try InputFile.read(URL(filePath: path))
  }

  private static func unreadable(_ path: String, _ reason: String) -> InputError {
    InputError(
      .badData, "cannot read the CIFAR-10 batch", at: path, because: reason,
      try: "unpack or download the data set again")
  }
}
