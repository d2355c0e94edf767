import Files

/// The arguments of a network's constructor.
///
/// They are timm's `model_args`, and `stem_kernel`, `stem_stride` and `stem_pool`, which only mixq
/// knows. Values are stored as text by key. Keys of nested objects are joined by a dot, as in
/// `block_args.attn_layer`. A null is the empty text. The values of a list are joined by commas.
package struct ModelArguments: Sendable, Equatable {
  private var values: [String: String]
  /// The places of values that are not in `model_args`, such as `hidden_act`.
  private var sources: [String: String] = [:]

  package init(_ values: [String: String] = [:]) { self.values = values }

  /// The keys of all values.
  package var keys: [String] { values.keys.sorted() }

  /// Adds `value` for `key` unless there is one already; errors name `source`.
  package mutating func add(_ key: String, _ value: String, from source: String) {
    guard values[key] == nil else { return }
    values[key] = value
    sources[key] = source
  }

  /// The text of the value of `key`; nil if the key is absent or its value is no text or number.
  package subscript(_ key: String) -> String? {
    values[key].flatMap { $0 == Self.otherValue ? nil : $0 }
  }

  /// The text of values that are neither texts, numbers nor lists of these.
  package static let otherValue = "(a value of another kind)"

  /// The place of the value of `key`.
  func source(of key: String) -> String { sources[key] ?? "model_args.\(key)" }

  /// Returns the claim of the value of `key`, or nil if the key is absent.
  ///
  /// - Throws: `badData` if the value is not in `meanings`.
  func claim<Value>(
    _ key: String, _ meanings: [String: Value]
  ) throws(InputError) -> Claim<Value>? {
    guard let text = values[key] else { return nil }
    guard let value = meanings[text] else {
      let known = meanings.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      throw InputError(
        .badConfiguration, "the configuration is not supported", at: source(of: key),
        because: "\"\(text)\" is not one of \(known)", try: ParameterReader.familyRemedy)
    }
    return Claim(value, source: source(of: key))
  }

  /// Returns the claim of the text of `key`, or nil if the key is absent.
  func claim(_ key: String) -> Claim<String>? {
    values[key].map { Claim($0, source: source(of: key)) }
  }
}

/// A statement of the configuration about the network.
struct Claim<Value> {
  let value: Value
  /// The key or name that makes the statement.
  let source: String

  init(_ value: Value, source: String) {
    self.value = value
    self.source = source
  }

  /// Returns the error that the statement does not fit the checkpoint because of `reason`.
  func refused(_ reason: String) -> InputError {
    InputError(
      .badConfiguration, "the configuration does not fit the checkpoint", at: source,
      because: reason,
      try: "use the configuration that belongs to this checkpoint")
  }
}

extension Claim where Value == Bool {
  /// Throws `badData` unless the statement agrees with the tensors.
  ///
  /// - Parameters:
  ///   - fact: True if the tensors have the feature.
  ///   - name: The name of the feature in the error.
  func check(_ fact: Bool, _ name: String) throws(InputError) {
    guard value != fact else { return }
    throw refused(
      value
        ? "it stands for \(name), but the tensors do not have this"
        : "it excludes \(name), but the tensors have this")
  }
}

extension ModelArguments: Decodable {
  package init(from decoder: any Decoder) throws {
    let arguments = try decoder.singleValueContainer().decode([String: Argument].self)
    values = [:]
    for (key, argument) in arguments { argument.collect(key, into: &values) }
  }
}

/// A JSON value of one of the kinds that arguments have.
private enum Argument: Decodable {
  case text(String)
  case nested([String: Argument])
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .text("")
    } else if let flag = try? container.decode(Bool.self) {
      self = .text(String(flag))
    } else if let number = try? container.decode(Int.self) {
      self = .text(String(number))
    } else if let number = try? container.decode(Double.self) {
      self = .text(String(number))
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let values = try? container.decode([Argument].self) {
      let texts = values.compactMap(\.text)
      self = texts.count == values.count ? .text(texts.joined(separator: ",")) : .other
    } else if let nested = try? container.decode([String: Argument].self) {
      self = .nested(nested)
    } else {
      self = .other
    }
  }

  private var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  func collect(_ key: String, into values: inout [String: String]) {
    switch self {
    case .text(let text): values[key] = text
    case .nested(let nested):
      for (inner, argument) in nested { argument.collect("\(key).\(inner)", into: &values) }
    case .other: values[key] = ModelArguments.otherValue
    }
  }
}
