import Foundation

/// A part of a page under a heading that links can lead to.
struct HTMLSection {
  let id: String
  let title: String
  let content: [Markup]

  /// Makes a section of the parts that are there.
  init(id: String, title: String, _ parts: [Markup?]) {
    (self.id, self.title, content) = (id, title, parts.compactMap(\.self))
  }

  var markup: Markup {
    Markup("section", ["aria-labelledby": id], [Markup("h2", ["id": id], title)] + content)
  }
}

extension Markup {
  /// Returns pictures beside each other, each under its title and its note, above a link to its
  /// data; nil if there are none.
  static func figures(_ pictures: [(Picture, String)]) -> Markup? {
    let figures = pictures.map { picture, note in
      let caption = Markup(
        "figcaption", [:], [Markup("h3", [:], picture.title), Markup(text: note)])
      return Markup(
        "figure", [:], [caption, picture.inline, picture.data.download(name: picture.id)])
    }
    return figures.isEmpty ? nil : Markup("div", ["class": "figures"], figures)
  }

  /// Returns pictures that share a note; nil if there are none.
  static func figures(_ pictures: [Picture], note: String) -> Markup? {
    figures(pictures.map { ($0, note) })
  }

  /// Returns a heading and a list of sentences, or nothing if there are none.
  static func list(_ sentences: [String], heading: String) -> [Markup?] {
    guard !sentences.isEmpty else { return [] }
    return [
      Markup("h3", [:], heading), Markup("ul", [:], sentences.map { Markup("li", [:], $0) }),
    ]
  }

  /// Returns a table, folded away if it is only for looking things up; nil if it has no rows.
  static func table(_ table: Table, id: String, isFolded: Bool = false) -> Markup? {
    guard !table.rows.isEmpty else { return nil }
    let box = table.html(id: "table-\(id)")
    return isFolded ? Markup("details", [:], [Markup("summary", [:], table.caption), box]) : box
  }
}

extension Report.FlippedImage {
  /// The picture with what it shows and what it was taken for by some of `networkCount` networks.
  func figure(of networkCount: Int) -> Markup {
    let source = "data:image/png;base64," + thumbnail.base64EncodedString()
    let image = Markup(
      "img", ["src": source, "width": "96", "height": "96", "alt": "The image \(name)"])
    let lines =
      [line("full precision", reference)]
      + answers.map { answer in
        let count = answer.rows.count
        let who =
          count > 2 ? "\(count) of \(networkCount) networks" : answer.rows.joined(separator: ", ")
        return line(who, answer.label)
      }
    let caption = [Markup("strong", [:], truth)] + lines.flatMap { [$0, Markup("br")] }.dropLast()
    return Markup("figure", [:], [image, Markup("figcaption", [:], caption)])
  }

  private func line(_ who: String, _ label: String) -> Markup {
    Markup(text: "\(label == truth ? "✓ right" : "✗ wrong"), \(who): \(label)")
  }
}
