/// Some quantity of several things before and after, joined by a line.
struct ChangesPicture {
  /// A line of the picture; `before` is nil if there is only one value.
  struct Change {
    let name: String
    let before: Double?
    let after: Double
  }

  let quantity: String
  let changes: [Change]
  let axis: Axis
  var colour = Marker(index: 0, isHollow: false)

  private static let rowHeight = 20.0
  private static let top = 30.0
  private static let left = 112.0
  private static let right = 284.0
  private static let shownClasses = 12

  /// The error of every unit before and after its rounding was learned: a picture a network, all on one scale.
  static func reconstructions(_ report: Report) -> [Picture] {
    let errors = report.reconstructions.flatMap(\.units).flatMap { [$0.before, $0.after] }
    let axis = Axis(covering: errors, from: left, to: right, .fitting, tickCount: 4)
    return report.reconstructions.enumerated().compactMap { index, reconstruction in
      guard !reconstruction.units.isEmpty else { return nil }
      let allocator = report.rows.first { $0.name == reconstruction.name }?.allocator ?? ""
      return ChangesPicture(
        quantity: "error of the unit's output",
        changes: reconstruction.units.map {
          Change(name: $0.name, before: $0.before, after: $0.after)
        }, axis: axis, colour: report.marker(of: allocator)
      ).picture(
        id: "reconstruction-\(index + 1)",
        title: "Reconstruction error per block, \(reconstruction.name)")
    }
  }

  /// The classes that lost most, or those with the lowest accuracy if full precision was not scored.
  static func classes(_ classes: Report.Classes) -> [Picture] {
    guard let network = classes.networks.first else { return [] }
    let changes = classes.worstFirst.prefix(shownClasses).map { index in
      Change(
        name: classes.names[index],
        before: classes.reference.map { classes.accuracy($0, index) },
        after: classes.accuracy(network, index))
    }
    let axis = Axis(
      covering: changes.flatMap { [$0.before ?? $0.after, $0.after] }, from: left, to: right,
      tickCount: 4)
    let title = classes.reference == nil ? "The weakest classes" : "The classes that lost most"
    return [
      ChangesPicture(quantity: "top-1, %", changes: changes, axis: axis)
        .picture(id: "classes-worst", title: "\(title), \(network.name)")
    ]
  }

  private func picture(id: String, title: String) -> Picture {
    let bottom = Self.top + Double(changes.count) * Self.rowHeight
    let hasBefore = changes.contains { $0.before != nil }
    var content = axis.grid(from: Self.top - 4, to: bottom, numbersAt: bottom + 16)
    content.append(.label(quantity, x: Self.left, y: 12, class: "small"))
    if hasBefore {
      content.append(.label("before → after", x: Picture.width, y: 12, .end, class: "small"))
    }
    let data = Table(
      caption: title, changes,
      [
        .words("name") { $0.name }, .number("before", "%.6g") { $0.before },
        .number("after", "%.6g") { $0.after },
      ])
    return Picture(
      id: id, title: title, description: description, height: bottom + 24,
      data: data.withoutEmptyColumns, content + changes.indices.map(row))
  }

  private func row(_ index: Int) -> Markup {
    let change = changes[index]
    let y = Self.top + (Double(index) + 0.5) * Self.rowHeight
    var marks = [Markup.label(change.name.end(of: 14), x: 0, y: y + 4)]
    if let before = change.before {
      let hollow = Marker(index: colour.index, isHollow: true)
      marks.append(.line(axis(before), y, axis(change.after), y, class: "curve"))
      marks.append(hollow.drawn(x: axis(before), y: y, radius: 4))
    }
    marks.append(colour.drawn(x: axis(change.after), y: y, radius: 4))
    let text = (change.before.map { "\(Numbers.short($0)) → " } ?? "") + Numbers.short(change.after)
    marks.append(.label(text, x: Picture.width, y: y + 4, .end, class: "small"))
    return .group(class: colour.colour, marks)
  }

  private var description: String {
    let words = changes.map { change in
      "\(change.name) "
        + (change.before.map { "from \(Numbers.short($0)) to " } ?? "")
        + Numbers.short(change.after)
    }
    return "\(quantity): \(words.joined(separator: "; "))."
  }
}
