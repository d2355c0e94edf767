/// A drawing that says in words what it shows.
package struct Picture: Sendable {
  /// Unique in a page, and the name of its file.
  package let id: String
  /// The subject, in a few words.
  package let title: String
  /// The content in words, for those who do not see it.
  package let description: String
  package let height: Double
  /// The numbers that are drawn.
  package let data: Table
  let content: [Markup]

  /// The width that all pictures are drawn at: on a phone a letter is then still 10 pixels high.
  static let width: Double = 400

  /// The width that `text` takes in a wide font; in most it takes less.
  static func width(of text: String) -> Double { 8 * Double(text.count) }

  init(
    id: String, title: String, description: String, height: Double, data: Table,
    _ content: [Markup]
  ) {
    (self.id, self.title, self.description) = (id, title, description)
    (self.height, self.data, self.content) = (height, data, content)
  }

  /// The drawing within a page, which has the style sheet.
  package var inline: Markup { svg([]) }

  /// The drawing as a file of its own, which brings its style sheet.
  package var file: String {
    svg([Markup("style", [:], [Markup(verbatim: Palette.variables + Palette.pictureRules)])]).source
  }

  private func svg(_ head: [Markup]) -> Markup {
    let box = "0 0 \(Numbers.coordinate(Self.width)) \(Numbers.coordinate(height))"
    let words = [
      Markup("title", ["id": "\(id)-title"], title),
      Markup("desc", ["id": "\(id)-desc"], description),
    ]
    return Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "role": "img",
        "aria-labelledby": "\(id)-title \(id)-desc",
      ], words + head + content)
  }
}

/// The position of a label relative to its point.
enum Anchor: String { case start, middle, end }

extension Markup {
  static func label(
    _ text: String, x: Double, y: Double, _ anchor: Anchor = .start, class name: String = ""
  ) -> Markup {
    Markup(
      "text",
      [
        "x": Numbers.coordinate(x), "y": Numbers.coordinate(y), "text-anchor": anchor.rawValue,
        "class": name,
      ], text)
  }

  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String
  ) -> Markup {
    polyline([(x1, y1), (x2, y2)], class: name)
  }

  static func polyline(_ points: [(x: Double, y: Double)], class name: String) -> Markup {
    let path = points.map { "\(Numbers.coordinate($0.x)) \(Numbers.coordinate($0.y))" }
    return Markup("path", ["d": "M" + path.joined(separator: "L"), "class": name])
  }

  /// A rectangle, with slightly rounded corners where `radius` is given.
  static func rectangle(
    x: Double, y: Double, width: Double, height: Double, radius: Double = 0, class name: String
  ) -> Markup {
    Markup(
      "rect",
      [
        "x": Numbers.coordinate(x), "y": Numbers.coordinate(y),
        "width": Numbers.coordinate(max(0, width)), "height": Numbers.coordinate(height),
        "rx": Numbers.coordinate(radius), "class": name,
      ])
  }

  /// The elements as one group.
  static func group(class name: String, _ children: [Markup]) -> Markup {
    Markup("g", ["class": name], children)
  }
}
