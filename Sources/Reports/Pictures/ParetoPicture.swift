/// A figure against size, with intervals, and a line per series.
struct ParetoPicture {
  private let series: [Series]
  private let measure: Measure
  private let reference: Report.Row?
  private let plot: Plot
  /// The end of the plot and the start of the labels.
  private let right: Double

  private static let left = 42.0
  private static let top = 34.0
  private static let referenceName = "full precision"

  init(_ series: [Series], _ measure: Measure, reference: Report.Row?) {
    (self.series, self.measure, self.reference) = (series, measure, reference)
    let rows = series.flatMap(\.rows)
    let names = series.map(\.allocator) + (self.reference == nil ? [] : [Self.referenceName])
    right = Picture.width - 24 - (names.map { Picture.width(of: $0) }.max() ?? 0)
    let bottom = Self.top + max(220, Double(names.count) * 15)
    let figures = (rows + (self.reference.map { [$0] } ?? [])).compactMap(measure.estimate)
    let y = Axis(
      covering: figures.flatMap { [$0.value, $0.low, $0.high] }, from: bottom, to: Self.top,
      measure.kind)
    let x = Axis(
      covering: rows.map(\.mebibytes), from: Self.left + 8, to: right - 8, tickCount: 3)
    plot = Plot(x: x, y: y, xName: "size, MiB", yName: measure.name)
  }

  func picture(id: String, title: String) -> Picture {
    // Full precision is far to the right; its label stands among the others, at its height.
    let ends = series.map { $0.rows.last.flatMap(measure.estimate)?.value } + [referenceValue]
    let labels = spread(
      ends.compactMap { $0.map { plot.y($0) } }, distance: 15, within: plot.y.end...plot.y.start)
    return Picture(
      id: id, title: title, description: measure.description(of: series),
      height: plot.y.start + 42,
      data: measure.data(of: series, reference: reference, caption: title),
      plot.frame + referenceLine(label: labels.last) + zip(series.indices, labels).map(drawn))
  }

  private var referenceValue: Double? { reference.flatMap(measure.estimate)?.value }

  private func referenceLine(label: Double?) -> [Markup] {
    guard let value = referenceValue, let label else { return [] }
    let y = plot.y(value)
    return [
      .line(Self.left, y, right, y, class: "axis dashed"),
      .polyline([(right, y), (right + 6, label)], class: "faint"),
      .label(Self.referenceName, x: right + 8, y: label + 4, class: "small"),
    ]
  }

  private func drawn(index: Int, label: Double) -> Markup {
    let one = series[index]
    let points = one.rows.compactMap { row in
      measure.estimate(row).map { figure in
        (
          x: plot.x(row.mebibytes), y: plot.y(figure.value), low: plot.y(figure.low),
          high: plot.y(figure.high)
        )
      }
    }
    var marks: [Markup] = []
    if one.isLine { marks.append(.polyline(points.map { ($0.x, $0.y) }, class: "curve")) }
    for point in points {
      if abs(point.low - point.high) > 1 {
        marks.append(.line(point.x, point.low, point.x, point.high, class: "curve"))
      }
      marks.append(one.marker.drawn(x: point.x, y: point.y))
    }
    if let last = points.last {
      marks.append(
        .polyline([(last.x + 7, last.y), (right + 2, label), (right + 6, label)], class: "faint"))
      marks.append(one.marker.drawn(x: right + 13, y: label, radius: 4))
      marks.append(.label(one.allocator, x: right + 22, y: label + 4, class: "named"))
    }
    return .group(class: one.marker.colour, marks)
  }
}
