/// The positions of a layer's weights on their quantization grid: an area, with a line at every code.
struct HistogramPicture {
  private let histogram: Report.WeightHistogram
  private let x: Axis
  private let y: Axis

  private static let top = 12.0
  private static let bottom = 130.0

  static func pictures(_ report: Report) -> [Picture] {
    report.histograms.enumerated().compactMap { index, histogram in
      histogram.counts.isEmpty
        ? nil : HistogramPicture(histogram).picture(id: "histogram-\(index + 1)")
    }
  }

  private init(_ histogram: Report.WeightHistogram) {
    self.histogram = histogram
    let end = histogram.start + Double(histogram.counts.count) / Double(histogram.binsPerCode)
    x = Axis(ticks: [histogram.start, end], from: 4, to: Picture.width - 4)
    y = Axis(
      ticks: [0, Double(max(1, histogram.counts.max() ?? 1))], from: Self.bottom, to: Self.top)
  }

  private func picture(id: String) -> Picture {
    let title = "Weights of \(histogram.layer) on their grid of \(histogram.bits) bits"
    let data = Table(
      caption: title, histogram.counts.indices,
      [
        .number("from code", "%.6g") { start(ofBin: $0) },
        .count("weights") { histogram.counts[$0] },
      ])
    return Picture(
      id: id, title: title, description: description, height: Self.bottom + 40, data: data,
      [.group(class: "series0", [area])] + grid + legend)
  }

  /// Returns the start of a bin, or of the space behind the last one, in codes.
  private func start(ofBin bin: Int) -> Double {
    histogram.start + Double(bin) / Double(histogram.binsPerCode)
  }

  private var area: Markup {
    var points = [(x: x(histogram.start), y: Self.bottom)]
    for (bin, count) in histogram.counts.enumerated() {
      points.append((x(start(ofBin: bin)), y(Double(count))))
      points.append((x(start(ofBin: bin + 1)), y(Double(count))))
    }
    points.append((points[points.count - 1].x, Self.bottom))
    return .polyline(points, class: "area")
  }

  /// Draws a line per code if lines stay apart; the first and the last code always have one.
  private var grid: [Markup] {
    let codes = 0..<histogram.levels
    let shown = codes.count <= 32 ? Array(codes) : [0, histogram.levels - 1]
    var grid = shown.map { code in
      let isEnd = code == 0 || code == histogram.levels - 1
      return Markup.line(
        x(Double(code)), Self.top - 6, x(Double(code)), Self.bottom + 4,
        class: isEnd ? "axis" : "axis dashed")
    }
    let stride = codes.count <= 16 ? 1 : codes.count / 8
    for code in codes where code % stride == 0 || code == histogram.levels - 1 {
      guard code == histogram.levels - 1 || code + stride / 2 < histogram.levels else { continue }
      grid.append(
        .label(String(code), x: x(Double(code)), y: Self.bottom + 18, .middle, class: "small"))
    }
    grid.append(.line(x.start, Self.bottom, x.end, Self.bottom, class: "axis"))
    return grid
  }

  private var legend: [Markup] {
    [
      .label("code", x: x.end, y: Self.bottom + 36, .end, class: "small"),
      .label(
        "\(Numbers.percent(100 * clipped)) % of the weights beyond the grid's ends", x: x.start,
        y: Self.bottom + 36, class: "small"),
    ]
  }

  /// The share of weights more than half a code beyond the first or last one.
  private var clipped: Double {
    let total = histogram.counts.reduce(0, +)
    let bins = histogram.counts.enumerated().filter { bin, _ in
      let middle = histogram.start + (Double(bin) + 0.5) / Double(histogram.binsPerCode)
      return middle < -0.5 || middle > Double(histogram.levels) - 0.5
    }
    return total == 0 ? 0 : Double(bins.reduce(0) { $0 + $1.element }) / Double(total)
  }

  private var description: String {
    "A histogram of \(histogram.counts.reduce(0, +)) weights in units of codes, from code 0 to code "
      + "\(histogram.levels - 1), with a line at each code. "
      + "\(Numbers.percent(100 * clipped)) % lie beyond the ends and are clipped."
  }
}
