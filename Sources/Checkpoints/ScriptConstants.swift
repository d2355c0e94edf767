internal import Files
internal import Foundation

/// The constants that the code of a TorchScript archive states for the classes of its modules.
///
/// A scripted class declares them (`stride : Final[Tuple[int, int]] = (2, 2)`). A traced class passes them
/// to the function that it calls (`torch._convolution(x, weight, None, [2, 2], …)`). Only such literals are
/// read; nothing is executed.
struct ScriptConstants {
  /// The constants by class, such as `torch.nn.modules.conv.Conv2d`, and by name.
  private(set) var classes: [String: [String: String]] = [:]

  init() {}

  /// The limit on the bytes of code; a network of a thousand layers has about one million.
  private static let maximumByteCount = 16 << 20

  /// Reads the files of code below `folder`.
  ///
  /// - Throws: `badData` if they are damaged or too large; a small archive can unpack to much code.
  init(_ zip: Zip, in folder: String) throws(InputError) {
    let prefix = folder + "code/__torch__"
    var left = Self.maximumByteCount
    for entry in zip.entries where entry.name.hasPrefix(prefix) && entry.name.hasSuffix(".py") {
      left -= entry.byteCount
      guard left >= 0 else {
        throw .unreadable(
          zip.place, because: "its code has more than \(Self.maximumByteCount) bytes")
      }
      let package = entry.name.dropFirst(prefix.count).dropLast(3)
        .split(separator: "/").joined(separator: ".")
      read(String(decoding: try zip.inflatedContents(of: entry), as: UTF8.self), package: package)
    }
  }

  /// Reads one file, whose classes belong to `package`.
  mutating func read(_ code: String, package: String) {
    var name: String?
    for line in code.split(separator: "\n") {
      if line.hasPrefix("class "), let end = line.firstIndex(of: "(") {
        let short = line[..<end].dropFirst("class ".count)
        name = package.isEmpty ? String(short) : "\(package).\(short)"
      } else if let name {
        if let (key, value) = Self.declaration(line) {
          classes[name, default: [:]][key] = value
        } else if let call = Self.call(line, in: name) {
          classes[name, default: [:]].merge(call) { declared, _ in declared }
        }
      }
    }
  }

  /// Returns the name and the value of a line such as `  eps : Final[float] = 0.001`.
  private static func declaration(_ line: Substring) -> (String, String)? {
    guard let type = line.range(of: " : Final["), let equals = line.range(of: "] = ") else {
      return nil
    }
    let name = line[..<type.lowerBound].drop { $0 == " " }
    return (String(name), literal(line[equals.upperBound...]))
  }

  /// The functions of classes with a geometry, and the names of their arguments from the first literal.
  private static let functions:
    [(className: String, function: String, skipped: Int, names: [String])] =
      [
        ("Conv2d", "torch.conv2d(", 3, ["stride", "padding", "dilation", "groups"]),
        (
          "Conv2d", "torch._convolution(", 3,
          ["stride", "padding", "dilation", "transposed", "output_padding", "groups"]
        ),
        (
          "MaxPool2d", "torch.max_pool2d(", 1,
          ["kernel_size", "stride", "padding", "dilation", "ceil_mode"]
        ),
        ("BatchNorm2d", "torch.batch_norm(", 6, ["momentum", "eps"]),
        ("AdaptiveAvgPool2d", "torch.adaptive_avg_pool2d(", 1, ["output_size"]),
      ]

  /// Returns the literals that `line` passes to the function of its class, by name.
  private static func call(_ line: Substring, in className: String) -> [String: String]? {
    let short = className.split(separator: ".").last ?? ""
    for known in functions where known.className == short {
      guard let start = line.range(of: known.function) else { continue }
      let values = arguments(line[start.upperBound...]).dropFirst(known.skipped)
      return Dictionary(
        zip(known.names, values.map(literal)), uniquingKeysWith: { first, _ in first })
    }
    return nil
  }

  /// Returns the arguments of a call; `text` begins after the opening parenthesis.
  private static func arguments(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var (start, depth) = (text.startIndex, 0)
    for index in text.indices {
      switch text[index] {
      case "(", "[": depth += 1
      case ")" where depth == 0:
        parts.append(text[start..<index])
        return parts
      case ")", "]": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    return []
  }

  /// Returns a literal in the form of the attributes of pickled modules: `1,1`, `zeros`, `true`.
  private static func literal(_ text: Substring) -> String {
    switch text.drop(while: { $0 == " " }) {
    case "True": "true"
    case "False": "false"
    case let other:
      other.filter { !"()[]\" ".contains($0) }.split(separator: ",").joined(separator: ",")
    }
  }
}
