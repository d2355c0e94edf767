import Foundation

/// A part of a page under a heading that links can lead to.
struct HTMLSection {
  let id: String
  let title: String
  var content: [Markup] = []

  var markup: Markup {
    Markup("section", ["aria-labelledby": id], [Markup("h2", ["id": id], title)] + content)
  }

  /// Adds pictures beside each other, each under its title and what there is to know about it, above a link
  /// to its data.
  mutating func add(_ pictures: [(picture: Picture, note: String)]) {
    guard !pictures.isEmpty else { return }
    let figures = pictures.map { picture, note in
      let caption = Markup(
        "figcaption", [:], [Markup("h3", [:], picture.title), Markup(text: note)])
      return Markup(
        "figure", [:], [caption, picture.inline, picture.data.download(name: picture.id)])
    }
    content.append(Markup("div", ["class": "figures"], figures))
  }

  /// Adds pictures that share a note.
  mutating func add(_ pictures: [Picture], note: String) { add(pictures.map { ($0, note) }) }

  /// Adds a paragraph.
  mutating func add(_ text: String) { content.append(Markup("p", [:], text)) }

  /// Adds a list of sentences under a heading, if there are any.
  mutating func add(_ sentences: [String], heading: String) {
    guard !sentences.isEmpty else { return }
    content += [
      Markup("h3", [:], heading), Markup("ul", [:], sentences.map { Markup("li", [:], $0) }),
    ]
  }

  /// Adds a table; one that is only for looking things up is folded away.
  mutating func add(_ table: Table, id: String? = nil, isFolded: Bool = false) {
    guard !table.rows.isEmpty else { return }
    let box = table.html(id: "table-\(id ?? self.id)")
    content.append(
      isFolded ? Markup("details", [:], [Markup("summary", [:], table.caption), box]) : box)
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
