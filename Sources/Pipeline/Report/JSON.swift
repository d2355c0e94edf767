internal import Foundation

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
