package import Files
package import Foundation

extension ONNXModel {
  /// The largest file that Protocol Buffers allow, in bytes.
  static let maximumByteCount = 1 << 31 - 1

  /// Opens the file at `url`; the bytes of its tensors are slices of the file's.
  ///
  /// - Throws: `missingInput` if the file cannot be opened, `badData` if it is malformed.
  package static func read(_ url: URL) throws(InputError) -> ONNXModel {
    try ONNXModel(InputFile.read(url), place: url.relativePath)
  }

  /// Parses the bytes of a file that error messages call `place`.
  ///
  /// Messages nest to a fixed depth, because nested graphs are not parsed. Unknown fields are
  /// skipped.
  ///
  /// - Throws: `badData` if the file breaks the wire format, lacks a graph, or holds more messages
  ///   than `MessageBudget` allows.
  package init(_ bytes: Data, place: String) throws(InputError) {
    guard bytes.count <= Self.maximumByteCount else {
      throw .unreadable(
        place, because: "it has \(bytes.count) bytes, more than an ONNX file can have",
        try: "store its tensors in a second file, as external data")
    }
    var budget = MessageBudget()
    var (irVersion, graph): (Int?, ONNXGraph?)
    self.init(irVersion: 0, operatorSets: [], graph: .empty)
    var reader = WireReader(bytes, place: place)
    while let field = try reader.next() {
      switch field.number {
      case 1: irVersion = try field.integer
      case 2: producerName = try field.text
      case 3: producerVersion = try field.text
      case 4: domain = try field.text
      case 5: modelVersion = try field.integer
      case 6: docString = try field.text
      case 7:
        guard graph == nil else { throw .unreadable(place, because: "it holds two graphs") }
        graph = try ONNXGraph(field.message("graph"), place: place, &budget)
      case 8:
        try budget.spend(at: place)
        operatorSets.append(try ONNXOperatorSet(field.message("operator set")))
      case 14:
        try budget.spend(at: place)
        metadata.append(try ONNXEntry(field.message("metadata")))
      default: break
      }
    }
    guard let irVersion, let graph else {
      throw .unreadable(place, because: "the ONNX file lacks its version or its graph")
    }
    (self.irVersion, self.graph) = (irVersion, graph)
  }
}

/// A limit on the number of messages in one file.
///
/// A message of two bytes becomes a value of some hundred bytes, so that a small file could fill the
/// memory otherwise. A ResNet-152 that is quantized has about 10,000 messages.
struct MessageBudget {
  private static let limit = 1_000_000
  private var left = limit

  /// Counts one message; throws `badData` if it is one too many.
  mutating func spend(at place: String) throws(InputError) {
    guard left > 0 else {
      throw .unreadable(place, because: "it holds more than \(Self.limit) messages")
    }
    left -= 1
  }
}

extension ONNXOperatorSet {
  init(_ message: WireReader) throws(InputError) {
    self.init(version: 0)
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try field.text
      case 2: version = try field.integer
      default: break
      }
    }
  }
}

extension ONNXEntry {
  init(_ message: WireReader) throws(InputError) {
    self.init("", "")
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try field.text
      case 2: value = try field.text
      default: break
      }
    }
  }
}
