import Files

/// Accuracy or divergence against size, with intervals: up and left is better, or down and left.
struct ParetoPicture {
  private let series: [Series]
  private let estimate: (ComparisonReport.Row) -> ComparisonReport.Estimate
  private let plot: Plot
  private let labels: [Double]
  /// The end of the plot and the start of the labels.
  private let right: Double

  private static let left = 42.0
  private static let top = 34.0

  private init(
    _ series: [Series], _ name: String, kind: Axis.Kind,
    reference: ComparisonReport.Estimate? = nil,
    _ estimate: @escaping (ComparisonReport.Row) -> ComparisonReport.Estimate
  ) {
    let rows = series.flatMap(\.rows)
    right = Picture.width - 24 - (series.map { Picture.width(of: $0.allocator) }.max() ?? 0)
    let bottom = Self.top + max(220, Double(series.count) * 15)
    let ends = rows.map(estimate).flatMap { [$0.value, $0.low, $0.high] }
    let y = Axis(
      covering: ends + (reference.map { [$0.value] } ?? []), from: bottom, to: Self.top, kind)
    // Room beside the outermost points, which stand side by side where their sizes are equal.
    let inset = min(40, 6 * Double(series.count))
    let x = Axis(
      covering: Self.widened(rows.map(\.mebibytes)), from: Self.left + inset, to: right - inset,
      tickCount: 3)
    self.series = series
    self.estimate = estimate
    plot = Plot(x: x, y: y, xName: "size, MiB", yName: name, margin: inset)
    labels = spread(
      series.map { $0.rows.last.map { y(estimate($0).value) } ?? bottom }, distance: 15,
      within: Self.top...bottom)
  }

  /// The ends of the sizes, at least a fifth apart, so that sizes a few bytes apart look as equal as they
  /// are.
  private static func widened(_ sizes: [Double]) -> [Double] {
    guard let low = sizes.min(), let high = sizes.max(), high < 1.2 * low else { return sizes }
    let middle = (low + high) / 2
    return [0.9 * middle, 1.1 * middle]
  }

  /// Top-1 and KL against size, a pair of pictures a method: rounding to nearest may be so far off that
  /// on common axes all other differences would vanish.
  static func pictures(_ report: ComparisonReport) -> [(accuracy: Picture, divergence: Picture)] {
    report.methods.map { method in
      let series = report.series(method: method)
      return (accuracy(series, method, report), divergence(series, method))
    }
  }

  private static func accuracy(
    _ series: [Series], _ method: String, _ report: ComparisonReport
  ) -> Picture {
    let reference = report.rows.first { $0.isFullPrecision }
    let drawing = ParetoPicture(
      series, "top-1, %", kind: .linear, reference: reference?.top1, \.top1)
    return Picture(
      id: "accuracy-\(method)", title: "Top-1 accuracy against size, \(method)",
      description: drawing.description(unit: " %", decimals: 2), height: drawing.height,
      drawing.content + (reference.map(drawing.referenceLine) ?? []))
  }

  private static func divergence(_ series: [Series], _ method: String) -> Picture {
    let drawing = ParetoPicture(series, "KL from full precision, nats", kind: .fitting, \.kl)
    return Picture(
      id: "divergence-\(method)", title: "KL divergence against size, \(method)",
      description: drawing.description(unit: "", decimals: 4), height: drawing.height,
      drawing.content)
  }

  private var height: Double { plot.y.start + 42 }

  private var content: [Markup] { plot.frame + zip(series.indices, labels).map(drawn) }

  private func referenceLine(_ row: ComparisonReport.Row) -> [Markup] {
    let y = plot.y(row.top1.value)
    let words =
      "full precision: \(Numbers.percent(row.top1.value)) %, \(Numbers.short(row.mebibytes)) MiB"
    return [
      .line(Self.left, y, right, y, class: "axis dashed"),
      .label(words, x: Self.left + 2, y: y - 5, class: "small halo"),
    ]
  }

  private func drawn(index: Int, label: Double) -> Markup {
    let one = series[index]
    let step = min(8, 64 / Double(series.count))
    let shift = (Double(index) - Double(series.count - 1) / 2) * step
    let points = one.rows.map { (x: plot.x($0.mebibytes) + shift, y: plot.y(estimate($0).value)) }
    var marks: [Markup] = []
    if one.isLine { marks.append(.polyline(points, class: "curve")) }
    for (row, point) in zip(one.rows, points) {
      let (low, high) = (plot.y(estimate(row).low), plot.y(estimate(row).high))
      if abs(low - high) > 1 {
        marks.append(.line(point.x, low, point.x, high, class: "curve"))
      }
      marks.append(one.marker.drawn(x: point.x, y: point.y))
    }
    if let last = points.last {
      marks.append(
        .polyline(
          [(last.x + 7, last.y), (right + 2, label), (right + 6, label)],
          class: "faint"))
      marks.append(one.marker.drawn(x: right + 13, y: label, radius: 4))
      marks.append(.label(one.allocator, x: right + 22, y: label + 4, class: "named"))
    }
    return .group(class: one.marker.colour, marks)
  }

  private func description(unit: String, decimals: Int) -> String {
    series.map { one in
      let points = one.rows.map {
        "\(Numbers.interval(estimate($0), decimals: decimals))\(unit) at "
          + "\(Numbers.short($0.mebibytes)) MiB"
      }
      return "\(one.name): \(points.joined(separator: "; "))."
    }.joined(separator: " ")
  }
}

extension ComparisonReport {
  /// Accuracy and divergence against size: the pictures that sum the comparison up.
  package var summaryPictures: [Picture] {
    ParetoPicture.pictures(self).flatMap { [$0.accuracy, $0.divergence] }
  }
}
