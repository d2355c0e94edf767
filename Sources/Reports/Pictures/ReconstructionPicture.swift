/// The error of every unit before and after its rounding was learned, joined by a line.
struct ReconstructionPicture {
  private let reconstruction: ComparisonReport.Reconstruction
  private let marker: Marker
  private let axis: Axis

  private static let rowHeight = 20.0
  private static let top = 30.0
  private static let left = 84.0
  private static let right = 276.0

  /// A picture a reconstruction, all on one scale.
  static func pictures(_ report: ComparisonReport) -> [Picture] {
    let errors = report.reconstructions.flatMap(\.units).flatMap { [$0.before, $0.after] }
    let axis = Axis(covering: errors, from: left, to: right, .fitting, tickCount: 4)
    return report.reconstructions.enumerated().compactMap { index, reconstruction in
      guard !reconstruction.units.isEmpty else { return nil }
      let allocator = report.rows.first { $0.name == reconstruction.name }?.allocator ?? ""
      return ReconstructionPicture(
        reconstruction: reconstruction, marker: report.marker(of: allocator), axis: axis
      ).picture(id: "reconstruction-\(index + 1)")
    }
  }

  private func picture(id: String) -> Picture {
    let units = reconstruction.units
    let bottom = Self.top + Double(units.count) * Self.rowHeight
    var content: [Markup] = []
    for tick in axis.ticks {
      content.append(.line(axis(tick), Self.top - 4, axis(tick), bottom, class: "grid"))
      content.append(
        .label(Numbers.short(tick), x: axis(tick), y: bottom + 16, .middle, class: "small"))
    }
    content.append(.label("error of the unit's output", x: Self.left, y: 12, class: "small"))
    content.append(.label("before → after", x: Picture.width, y: 12, .end, class: "small"))
    content += units.indices.map { row($0) }
    return Picture(
      id: id, title: "Reconstruction error per block, \(reconstruction.name)",
      description: description, height: bottom + 24, content)
  }

  private func row(_ index: Int) -> Markup {
    let unit = reconstruction.units[index]
    let y = Self.top + (Double(index) + 0.5) * Self.rowHeight
    let hollow = Marker(index: marker.index, isHollow: true)
    return .group(
      class: marker.colour,
      [
        .label(unit.name, x: 0, y: y + 4),
        .line(axis(unit.before), y, axis(unit.after), y, class: "curve"),
        hollow.drawn(x: axis(unit.before), y: y, radius: 4),
        marker.drawn(x: axis(unit.after), y: y, radius: 4),
        .label(
          "\(Numbers.short(unit.before)) → \(Numbers.short(unit.after))", x: Picture.width,
          y: y + 4,
          .end, class: "small"),
      ])
  }

  private var description: String {
    let words = reconstruction.units.map {
      "\($0.name) from \(Numbers.short($0.before)) to \(Numbers.short($0.after))"
    }
    return "Error before and after: \(words.joined(separator: "; "))."
  }
}
