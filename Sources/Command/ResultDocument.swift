import Files
import Foundation
import MixQuantKit

/// The kinds of results that programs read; Docs/Guide/JSON.md and its schema describe each.
enum ResultKind: String {
  case inspect, evaluate, plan, quantize, search, compare, classify, export, verify
  case doctor, shapes, view
  case quantizeOutline = "quantize-outline"
  case searchOutline = "search-outline"
  case compareOutline = "compare-outline"
  case benchInference = "bench-inference"
  case benchImages = "bench-images"
  case benchBrecq = "bench-brecq"

  /// The version of the schema of all results; it rises when a key is removed or changes its meaning.
  static let version = 1

  /// The name of the schema, such as `mixq.evaluate/1`.
  var schema: String { "mixq.\(rawValue)/\(Self.version)" }
}

/// A result as a JSON object, with its schema, the program and the hashes of what was read.
///
/// Keys are in snake case throughout.
struct ResultDocument<Result: Encodable>: Encodable {
  let kind: ResultKind
  let inputs: [ResultInput]
  let result: Result

  private enum CodingKeys: String, CodingKey { case schema, tool, inputs }

  func encode(to encoder: any Encoder) throws {
    try result.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind.schema, forKey: .schema)
    try container.encode(Build.current, forKey: .tool)
    try container.encode(inputs, forKey: .inputs)
  }
}

/// A file or a set of images that decided a result.
struct ResultInput: Encodable {
  enum Role: String, Encodable {
    case model, calibration, images, experiment
  }

  let role: Role
  /// The path as the user wrote it.
  let path: String
  /// The SHA-256 of the file, or of the list of images with their names, labels and sizes.
  let sha256: String

  init(_ role: Role, _ url: URL, sha256: String) {
    self.role = role
    path = url.relativePath
    self.sha256 = sha256
  }
}

/// Prints a result on standard output: for people, or with `isJSON` for programs.
///
/// - Parameters:
///   - text: Returns the text; its argument is the width of the terminal in columns.
///   - isPretty: False for a document in one line.
func emit(
  _ result: some Encodable, as kind: ResultKind, from inputs: [ResultInput] = [], isJSON: Bool,
  isPretty: Bool = true, text: (Int) -> String
) throws(InputError) {
  guard isJSON else { return try emit(text(Terminal.output.tableWidth)) }
  try emit(
    json(
      ResultDocument(kind: kind, inputs: inputs, result: result), isPretty: isPretty,
      keys: .convertToSnakeCase))
}
