/// A tree of elements and text, written as HTML or SVG; whatever it holds is escaped.
package struct Markup: Sendable {
  private enum Content: Sendable {
    case text(String)
    case verbatim(String)
    case element(String, KeyValuePairs<String, String>, [Markup])
  }

  private let content: Content

  /// An element; attributes keep their order.
  package init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Markup] = []
  ) {
    content = .element(name, attributes, children)
  }

  /// An element around text.
  package init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ text: String) {
    self.init(name, attributes, [Markup(text: text)])
  }

  /// Characters.
  package init(text: String) { content = .text(text) }

  /// Text that stands as it is: the content of a style element, in which nothing may be escaped.
  init(verbatim text: String) { content = .verbatim(text) }

  /// The tree as text.
  package var source: String {
    var source = ""
    write(to: &source)
    return source
  }

  private func write(to source: inout String) {
    switch content {
    case .text(let text): source += Self.escaped(text)
    case .verbatim(let text): source += text
    case .element(let name, let attributes, let children):
      source += "<\(name)"
      for (key, value) in attributes { source += " \(key)=\"\(Self.escaped(value))\"" }
      guard !Self.empty.contains(name) else {
        source += "/>"
        return
      }
      source += ">"
      for child in children { child.write(to: &source) }
      source += "</\(name)>"
      if Self.endsLine.contains(name) { source += "\n" }
    }
  }

  /// Elements that never have content, in either language.
  private static let empty: Set = ["br", "circle", "img", "line", "meta", "path", "rect"]

  /// Blocks that end a line, so that the source can be read and compared by lines.
  private static let endsLine: Set = [
    "desc", "details", "div", "figcaption", "figure", "g", "h1", "h2", "h3", "header", "li", "main",
    "p", "script", "section", "style", "svg", "table", "tbody", "text", "thead", "title", "tr",
    "ul",
  ]

  /// `text` with the characters replaced that mean something to HTML or XML, and without the control
  /// characters that XML does not allow.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
