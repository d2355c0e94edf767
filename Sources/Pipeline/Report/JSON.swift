import Foundation

/// The value as JSON with sorted keys, so that equal values give equal text.
package func json(_ value: some Encodable, isPretty: Bool = false) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting =
    isPretty
    ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    : [.sortedKeys, .withoutEscapingSlashes]
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("\(type(of: value)) holds a number that JSON does not know")
  }
  return String(decoding: data, as: UTF8.self)
}

/// Why JSON could not be decoded, in a clause that names the key.
func decodingReason(_ error: any Error) -> String {
  guard let error = error as? DecodingError else { return error.localizedDescription }
  let (context, reason): (DecodingError.Context, String) =
    switch error {
    case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
    case .valueNotFound(_, let context): (context, "the value is null")
    case .typeMismatch(let type, let context): (context, "the value is no \(type)")
    case .dataCorrupted(let context): (context, context.debugDescription)
    @unknown default: (.init(codingPath: [], debugDescription: ""), error.localizedDescription)
    }
  let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
  return path.isEmpty ? reason : "\(path.joined(separator: ".")): \(reason)"
}
