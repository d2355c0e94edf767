/// Networks of one size: a line per network with its figure and its interval, and full precision first.
struct IntervalPicture {
  private let series: [Series]
  private let measure: Measure
  private let reference: Report.Row?

  private static let rowHeight = 26.0
  private static let top = 8.0

  init(_ series: [Series], _ measure: Measure, reference: Report.Row?) {
    (self.series, self.measure, self.reference) = (series, measure, reference)
  }

  /// The lines: what names them, their row and their sign; no sign for full precision.
  private var lines: [(name: String, estimate: Report.Estimate, marker: Marker?)] {
    let first = reference.flatMap { measure.estimate($0) }.map {
      ("full precision", $0, Marker?.none)
    }
    let others = series.flatMap { one in
      one.rows.compactMap { row in
        measure.estimate(row).map { (one.allocator, $0, Marker?.some(one.marker)) }
      }
    }
    return (first.map { [$0] } ?? []) + others
  }

  func picture(id: String, title: String) -> Picture {
    let lines = lines
    let names = lines.map { Picture.width(of: $0.name) }.max() ?? 0
    let values = lines.map { measure.text($0.estimate.value) }
    let numbers = values.map { Picture.width(of: $0) }.max() ?? 0
    let axis = Axis(
      covering: lines.flatMap { [$0.estimate.value, $0.estimate.low, $0.estimate.high] },
      from: min(150, names) + 12, to: Picture.width - numbers - 16, measure.kind, tickCount: 3)
    let bottom = Self.top + Double(lines.count) * Self.rowHeight
    var content = axis.grid(from: Self.top, to: bottom, numbersAt: bottom + 18)
    content.append(.line(axis.start, bottom, axis.end, bottom, class: "axis"))
    content.append(
      .label(measure.name, x: axis.end, y: bottom + 36, .end, class: "small"))
    if let first = lines.first, first.marker == nil {
      let x = axis(first.estimate.value)
      content.append(.line(x, Self.top, x, bottom, class: "axis dashed"))
    }
    for (index, line) in lines.enumerated() {
      let y = Self.top + (Double(index) + 0.5) * Self.rowHeight
      let (low, high) = (axis(line.estimate.low), axis(line.estimate.high))
      let marker = line.marker?.drawn(x: axis(line.estimate.value), y: y)
      content.append(
        .group(
          class: line.marker?.colour ?? "reference",
          [
            .label(line.name.end(of: 18), x: 0, y: y + 4, class: "named"),
            .line(low, y, high, y, class: "curve"),
            marker
              ?? .line(
                axis(line.estimate.value), y - 5, axis(line.estimate.value), y + 5, class: "curve"),
            .label(values[index], x: Picture.width, y: y + 4, .end),
          ]))
    }
    return Picture(
      id: id, title: title, description: measure.description(of: series), height: bottom + 42,
      data: measure.data(of: series, reference: reference, caption: title), content)
  }
}
