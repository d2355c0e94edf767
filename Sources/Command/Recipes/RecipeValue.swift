/// The value of an option in a recipe file.
enum RecipeValue: Codable, Equatable {
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([RecipeValue])
  /// A whole plan in place of the path of one.
  case object([String: RecipeValue])

  /// Creates the value of an option that is written as `text` on a command line.
  ///
  /// A number becomes one if it would be written back the same way.
  init(_ text: String) {
    if let integer = Int(text), "\(integer)" == text {
      self = .integer(integer)
    } else if let number = Double(text), "\(number)" == text, number.isFinite {
      self = .number(number)
    } else {
      self = .text(text)
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let list = try? container.decode([RecipeValue].self) {
      self = .list(list)
    } else if let members = try? container.decode([String: RecipeValue].self) {
      self = .object(members)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag(let flag): try container.encode(flag)
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }

  /// The value as one word of a command line; nil for flags, lists and objects.
  private var word: String? {
    switch self {
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .text(let text): text
    case .flag, .list, .object: nil
    }
  }

  /// Returns the words that give this value to `option`; nil if the value does not suit it.
  func words(option: String, isFlag: Bool) -> [String]? {
    if isFlag {
      guard case .flag(let isSet) = self else { return nil }
      return isSet ? [option] : []
    }
    guard case .list(let values) = self else { return word.map { ["\(option)=\($0)"] } }
    let words = values.compactMap(\.word)
    return words.count == values.count ? words.map { "\(option)=\($0)" } : nil
  }
}
