package import Foundation

/// Returns the value as JSON with sorted keys, so that equal values give equal text.
///
/// Infinite numbers and NaN, which JSON does not have, are written as texts that `jsonDecoder` reads.
package func json(
  _ value: some Encodable, isPretty: Bool = false,
  keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting =
    isPretty
    ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    : [.sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = keys
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("\(type(of: value)) is plain data, which can always be encoded")
  }
  return String(decoding: data, as: UTF8.self)
}

/// A decoder of the JSON that `json` writes.
package var jsonDecoder: JSONDecoder {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return decoder
}

/// A JSON object written as a dictionary literal; a key whose value is nil is absent.
package struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private let members: [(key: String, value: (any Encodable)?)]

  package init(dictionaryLiteral members: (String, (any Encodable)?)...) {
    self.members = members.map { ($0, $1) }
  }

  private struct MemberKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MemberKey.self)
    for (key, value) in members {
      if let value { try container.encode(value, forKey: MemberKey(stringValue: key)) }
    }
  }
}

/// A value that is encoded as its `jsonObject` and not by its stored properties.
package protocol JSONRepresentable: Encodable {
  var jsonObject: JSONObject { get }
}

extension JSONRepresentable {
  package func encode(to encoder: any Encoder) throws { try jsonObject.encode(to: encoder) }
}
