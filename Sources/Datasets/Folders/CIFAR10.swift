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
  ///
  /// - Parameter names: The names of the files in the folder at `root`.
  static func open(
    root: String, names: [String], purpose: ImageSet.Purpose
  ) throws(InputError) -> ImageSet {
    let batches = names.filter {
      isBatch($0) && ($0 == "test_batch.bin") == (purpose == .evaluation)
    }
    guard !batches.isEmpty else {
      let (need, job) =
        purpose == .evaluation
        ? ("test_batch.bin", "evaluation") : ("data_batch_*.bin", "calibration")
      throw InputError(
        .missingFolder, "cannot list the images", at: root,
        because: "\(job) on CIFAR-10 needs \(need), which is not there",
        try: "unpack cifar-10-binary.tar.gz and name its folder")
    }
    var items: [ImageSet.Item] = []
    for name in batches { items += try records(of: name, at: root + "/" + name) }
    let meta = names.contains(metaName) ? "\(root)/\(metaName)" : nil
    return ImageSet(
      items: items, classNames: try meta.map(classNames) ?? classNames,
      layout: "CIFAR-10 binary (\(batches.joined(separator: ", ")))",
      notes: note(on: names.filter { !batches.contains($0) && $0 != metaName }, purpose), root: root
    )
  }

  /// The file with the names of the classes.
  private static let metaName = "batches.meta.txt"

  /// Returns a line about the files that are not read for a purpose, if there are any.
  private static func note(on names: [String], _ purpose: ImageSet.Purpose) -> [String] {
    guard !names.isEmpty else { return [] }
    let shown = names.prefix(3).map { $0.printable() }.joined(separator: ", ")
    let job = purpose == .evaluation ? "evaluation" : "calibration"
    return [
      "skipped    not for \(job): \(names.count) (\(shown)\(names.count > 3 ? ", …" : ""))"
    ]
  }

  private static func records(
    of batch: String, at path: String
  ) throws(InputError) -> [ImageSet.Item] {
    let bytes = try read(path)
    guard !bytes.isEmpty, bytes.count % recordSize == 0 else {
      throw unreadable(
        path, "its \(bytes.count) bytes are not a whole number of \(recordSize)-byte records")
    }
    let sha256 = SHA256.hexDigest(of: bytes)
    var items: [ImageSet.Item] = []
    for index in 0..<bytes.count / recordSize {
      let label = Int(bytes[bytes.startIndex + index * recordSize])
      guard label < classNames.count else {
        throw unreadable(path, "record \(index) has the label \(label), not one of 0...9")
      }
      items.append(
        ImageSet.Item(
          name: "\(batch)#\(index)", label: label,
          source: .record(path: path, index: index, sha256: sha256)))
    }
    return items
  }

  /// Returns the names in `batches.meta.txt`, one per line.
  private static func classNames(in meta: String) throws(InputError) -> [String] {
    let text = String(decoding: try read(meta), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard names.count == classNames.count else {
      throw unreadable(meta, "it names \(names.count) classes instead of 10")
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
      .badImage, "cannot read the CIFAR-10 batch", at: path, because: reason,
      try: "unpack or download the data set again")
  }
}
