import Foundation

/// A validator for the part of JSON Schema that Docs/Guide/mixq.schema.json uses.
struct SchemaValidator {
  private let definitions: [String: Any]

  init(_ schema: Data) throws {
    let object = try JSONSerialization.jsonObject(with: schema) as? [String: Any]
    definitions = object?["$defs"] as? [String: Any] ?? [:]
  }

  /// The names of the definitions that describe a whole result.
  var results: Set<String> {
    Set(definitions.filter { (($0.value as? [String: Any])?["title"] != nil) }.keys)
  }

  /// Returns the faults of `value` by the definition `name`, each with its place.
  func faults(of value: Any, by name: String) -> [String] {
    guard let schema = definitions[name] as? [String: Any] else { return ["no schema \(name)"] }
    return faults(of: value, schema, at: name)
  }

  private func faults(of value: Any, _ schema: [String: Any], at place: String) -> [String] {
    if let reference = schema["$ref"] as? String {
      return faults(of: value, by: String(reference.dropFirst("#/$defs/".count)))
    }
    if let constant = schema["const"] as? String {
      return value as? String == constant ? [] : ["\(place) is not \(constant)"]
    }
    if let choices = schema["enum"] as? [String] {
      return choices.contains(value as? String ?? "") ? [] : ["\(place): \(value) is no choice"]
    }
    guard let type = schema["type"] as? String, Self.isOf(type, value) else {
      return ["\(place): \(value) is not \(schema["type"] ?? "typed")"]
    }
    if let items = schema["items"] as? [String: Any], let values = value as? [Any] {
      return values.enumerated().flatMap { faults(of: $1, items, at: "\(place)[\($0)]") }
    }
    guard let members = value as? [String: Any] else { return [] }
    return faults(of: members, schema, in: place)
  }

  private func faults(
    of members: [String: Any], _ schema: [String: Any], in place: String
  ) -> [String] {
    let properties = schema["properties"] as? [String: Any] ?? [:]
    let required = schema["required"] as? [String] ?? []
    var faults = required.filter { members[$0] == nil }.map { "\(place).\($0) is missing" }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      if let schema = properties[key] as? [String: Any] {
        faults += self.faults(of: value, schema, at: "\(place).\(key)")
      } else if let other = schema["additionalProperties"] as? [String: Any] {
        faults += self.faults(of: value, other, at: "\(place).\(key)")
      } else if schema["additionalProperties"] as? Bool == false {
        faults.append("\(place).\(key) is not described")
      }
    }
    return faults
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": value as? Bool != nil
    case "number": value as? Double != nil
    case "integer": (value as? Double).map { $0 == $0.rounded() } ?? false
    default: false
    }
  }
}
