package import Files
package import Foundation

/// An ONNX model with the elements of all its tensors, including those in other files.
///
/// Source: docs/ExternalData.md of the ONNX project.
package struct ONNXFile: Sendable {
  /// The model; every initializer holds its elements.
  package let model: ONNXModel
  /// The file of the model, then the files of its tensors in the order of their names.
  package let urls: [URL]
  /// The number of bytes of all files.
  package let byteCount: Int
  /// The SHA-256 of the bytes of all files, one after the other; empty if the model has no file.
  ///
  /// For a single file it is the file's own hash. `cat MODEL.onnx MODEL.onnx.data | sha256sum` prints
  /// it for two.
  package let digest: String

  /// Returns true if the file at `url` begins as an ONNX file does.
  ///
  /// - Throws: `missingInput` if the file cannot be opened.
  package static func isONNX(_ url: URL) throws(InputError) -> Bool {
    if case .onnx = FileKind(Data(try InputFile.prefix(of: url, count: 512))) {
      true
    } else {
      false
    }
  }

  /// Opens the file at `url` and the files that hold its tensors.
  ///
  /// - Throws: `missingInput` if a file cannot be opened, `badData` if the model is malformed, if
  ///   another file is not in the model's folder, or if a tensor extends beyond the end of its file.
  package init(contentsOf url: URL) throws(InputError) {
    let bytes = try InputFile.read(url)
    let place = url.relativePath
    var model = try ONNXModel(bytes, place: place)
    var folder = ExternalFolder(of: url)
    for index in model.graph.initializers.indices {
      try folder.embed(&model.graph.initializers[index], place: place)
    }
    let names = folder.files.keys.sorted()
    self.model = model
    urls = [url] + names.compactMap { folder.files[$0]?.url }
    byteCount = bytes.count + names.reduce(0) { $0 + (folder.files[$1]?.bytes.count ?? 0) }
    var hash = SHA256()
    hash.update(bytes)
    for name in names { hash.update(folder.files[name]?.bytes ?? Data()) }
    digest = hash.finalize()
  }

  /// Creates the file of a model that is already in memory.
  package init(_ model: ONNXModel, byteCount: Int) {
    self.model = model
    self.byteCount = byteCount
    urls = []
    digest = ""
  }
}

/// The folder of a model, with the files in it that were opened for tensors.
private struct ExternalFolder {
  private let folder: URL
  /// The opened files by their location in the model.
  private(set) var files: [String: (url: URL, bytes: Data)] = [:]

  init(of model: URL) {
    folder = Self.resolved(model.absoluteURL.deletingLastPathComponent())
  }

  /// Replaces a tensor's place in another file by a slice of that file.
  mutating func embed(_ tensor: inout ONNXTensor, place: String) throws(InputError) {
    guard case .external(let data) = tensor.content else { return }
    let place = "\(place): \(tensor.name)"
    let bytes = try open(data.location, place: place)
    guard let needed = tensor.byteCount else {
      throw .unreadable(place, because: "its shape \(tensor.dimensions) is not possible")
    }
    let length = data.length ?? needed
    guard data.offset <= bytes.count, length <= bytes.count - data.offset else {
      throw .unreadable(
        place,
        because: "its \(length) bytes at byte \(data.offset) extend beyond the end of"
          + " \(data.location), which has \(bytes.count) bytes")
    }
    let start = bytes.startIndex + data.offset
    tensor.content = .bytes(bytes[start..<start + length])
  }

  private mutating func open(_ location: String, place: String) throws(InputError) -> Data {
    if let file = files[location] { return file.bytes }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { !["", ".", ".."].contains($0) }
    guard isPlain, !location.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\\") }) else {
      throw .unreadable(
        place,
        because: "its data are said to be in '\(location.printable())', which is no file in the"
          + " model's folder", try: "download the model from a source that you trust")
    }
    let url = Self.resolved(folder.appending(path: location))
    guard url.pathComponents.starts(with: folder.pathComponents) else {
      throw .unreadable(
        place, because: "its data are in \(location), which is a link to another folder",
        try: "copy the model and its data into one folder")
    }
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw InputError(
        .missingFile, "cannot read the checkpoint", at: place,
        because: "its data are in the file \(location), which is missing",
        try: "copy \(location) into the folder of the model")
    }
    let bytes = try InputFile.read(url)
    files[location] = (url, bytes)
    return bytes
  }

  private static func resolved(_ url: URL) -> URL {
    url.standardizedFileURL.resolvingSymlinksInPath().standardizedFileURL
  }
}
