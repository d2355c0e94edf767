import Foundation

/// A part of a page under a heading that links can lead to.
struct HTMLSection {
  let id: String
  let title: String
  var content: [Markup] = []

  var markup: Markup {
    Markup("section", [:], [Markup("h2", ["id": id], title)] + content)
  }

  /// Adds pictures beside each other, each under its title and what there is to know about it.
  mutating func add(_ pictures: [(picture: Picture, note: String)]) {
    guard !pictures.isEmpty else { return }
    let figures = pictures.map { picture, note in
      Markup(
        "figure", [:],
        [
          Markup(
            "figcaption", [:], [Markup("strong", [:], picture.title), Markup(text: note)]),
          picture.inline,
        ])
    }
    content.append(Markup("div", ["class": "figures"], figures))
  }

  /// Adds the numbers behind the pictures, folded away.
  mutating func addNumbers(_ table: Table) {
    content.append(
      Markup(
        "details", [:],
        [Markup("summary", [:], "The numbers"), table.html(id: "table-\(id)")]))
  }
}

extension ComparisonReport.FlippedImage {
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
