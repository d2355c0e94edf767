import Foundation

/// The roundoff error of every layer against its bit-width; the worst layers stand out and are named.
struct ErrorsPicture {
  private let report: Report
  private let table: Report.ErrorTable
  private let plot: Plot

  private static let namedCount = 5

  static func pictures(_ report: Report) -> [Picture] {
    guard let table = report.errors, !table.values.isEmpty else { return [] }
    return [ErrorsPicture(report, table).picture]
  }

  private init(_ report: Report, _ table: Report.ErrorTable) {
    self.report = report
    self.table = table
    let names = report.layers.map { Picture.width(of: $0.name) }.max() ?? 0
    let (left, right) = (48.0, Picture.width - 26 - min(names, 176))
    let (top, bottom) = (34.0, 290.0)
    plot = Plot(
      x: Axis(ticks: table.widths.map(Double.init), from: left + 8, to: right - 8),
      y: Axis(covering: table.values.flatMap { $0 }, from: bottom, to: top, .fitting),
      xName: "bits", yName: table.name)
  }

  /// The layers of the largest error, by the geometric mean over the widths, worst first.
  private var worst: [Int] {
    let means = table.values.map { values in
      values.reduce(0) { $0 + log(max($1, .leastNormalMagnitude)) } / Double(values.count)
    }
    let order = means.indices.sorted { (-means[$0], $0) < (-means[$1], $1) }
    return Array(order.prefix(Self.namedCount))
  }

  private func points(_ layer: Int) -> [(x: Double, y: Double)] {
    zip(table.widths, table.values[layer]).map { (plot.x(Double($0)), plot.y($1)) }
  }

  private var picture: Picture {
    let worst = worst
    let others = table.values.indices.filter { !worst.contains($0) }
    let ends = worst.map { points($0).last?.y ?? 0 }
    let labels = spread(ends, distance: 15, within: plot.y.end...plot.y.start)
    let curves = zip(worst.indices, zip(worst, labels)).map { place, entry in
      named(entry.0, place: place, label: entry.1)
    }
    return Picture(
      id: "errors", title: "\(table.name) of every layer against its bits".capitalizedSentence,
      description: description(worst), height: plot.y.start + 42, data: report.table(of: table),
      plot.frame + others.map { .polyline(points($0), class: "faint") } + curves)
  }

  private func named(_ layer: Int, place: Int, label: Double) -> Markup {
    let marker = Marker(index: place, isHollow: false)
    let points = points(layer)
    var marks = [Markup.polyline(points, class: "curve")]
    marks += points.map { marker.drawn(x: $0.x, y: $0.y, radius: 3) }
    if let last = points.last {
      let end = plot.x.end + 16
      marks.append(
        .polyline([(last.x + 5, last.y), (end, label), (end + 4, label)], class: "faint"))
      marks.append(marker.drawn(x: end + 10, y: label, radius: 3))
      marks.append(.label(report.layers[layer].name, x: end + 18, y: label + 4, class: "named"))
    }
    return .group(class: marker.colour, marks)
  }

  private func description(_ worst: [Int]) -> String {
    let (first, last) = (table.widths.first ?? 2, table.widths.last ?? 8)
    let words = worst.map { layer in
      let values = table.values[layer]
      return
        "\(report.layers[layer].name) from \(Numbers.short(values.first ?? 0)) at \(first) bits "
        + "to \(Numbers.short(values.last ?? 0)) at \(last) bits"
    }
    return "One line per layer, \(table.values.count) in all. The largest errors: "
      + words.joined(separator: "; ") + "."
  }
}

extension String {
  /// The same with its first letter a capital.
  var capitalizedSentence: String { prefix(1).uppercased() + dropFirst() }
}
