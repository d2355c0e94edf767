import Foundation

/// The answers of one network to the images of each class: a row per class, a column per answer.
struct ConfusionPicture {
  private let confusion: Report.Confusion

  private static let left = 108.0
  private static let top = 92.0

  init(_ confusion: Report.Confusion) { self.confusion = confusion }

  private var side: Double {
    min(36, (Picture.width - Self.left) / Double(max(1, confusion.classes.count)))
  }

  var picture: Picture {
    let title = "What \(confusion.network) answers"
    let data = Table(
      caption: title, zip(confusion.classes, confusion.counts),
      [.words("class") { $0.0 }]
        + confusion.classes.enumerated().map { index, name in .count(name) { $0.1[index] } })
    return Picture(
      id: "confusion", title: title, description: description,
      height: Self.top + Double(confusion.classes.count) * side + 2, data: data,
      names + confusion.classes.indices.flatMap(row))
  }

  private var names: [Markup] {
    confusion.classes.enumerated().flatMap { index, name -> [Markup] in
      let middle = (Double(index) + 0.5) * side + 4
      let x = Numbers.coordinate(Self.left + middle)
      return [
        .label(name.end(of: 14), x: Self.left - 6, y: Self.top + middle, .end, class: "small"),
        Markup(
          "text", ["transform": "translate(\(x) 86) rotate(-90)", "class": "small"],
          name.end(of: 11)),
      ]
    }
  }

  /// Colours grow with the share of the class's images: right answers and mistakes on scales of their own,
  /// since there are far fewer mistakes.
  private func row(_ truth: Int) -> [Markup] {
    let counts = confusion.counts
    let mistakes = counts.indices.map { row in
      counts[row].enumerated().filter { $0.offset != row }.map(\.element).max() ?? 0
    }
    let most = Double(max(1, mistakes.max() ?? 1))
    return counts[truth].enumerated().flatMap { answer, count -> [Markup] in
      guard count > 0 else { return [] }
      let isRight = answer == truth
      let share = isRight ? 0.5 : Double(count) / most
      let (x, y) = (Self.left + Double(answer) * side, Self.top + Double(truth) * side)
      let opacity = String(format: "%.2f", 0.08 + 0.32 * share)
      return [
        Markup(
          "g", ["class": isRight ? "series0" : "series1", "fill-opacity": opacity],
          [.rectangle(x: x, y: y, width: side - 1, height: side - 1, radius: 2, class: "cell")]),
        .label(
          String(count), x: x + (side - 1) / 2, y: y + side / 2 + 4, .middle, class: "count"),
      ]
    }
  }

  private var description: String {
    let rows = confusion.classes.indices.map { truth in
      let others = confusion.counts[truth].enumerated().filter {
        $0.offset != truth && $0.element > 0
      }
      .sorted { (-$0.element, $0.offset) < (-$1.element, $1.offset) }
      .map { "\($0.element) as \(confusion.classes[$0.offset])" }
      return "\(confusion.classes[truth]): \(confusion.counts[truth][truth]) right"
        + (others.isEmpty ? "" : ", " + others.joined(separator: ", "))
    }
    return rows.joined(separator: "; ") + "."
  }
}
