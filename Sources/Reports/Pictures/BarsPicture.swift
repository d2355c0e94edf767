/// A line per layer, from the first at the top to the last at the bottom, with a bar and a number for each
/// of some quantities.
struct BarsPicture {
  /// A quantity of every layer.
  struct Column {
    let heading: String
    /// The class that carries the colour; empty for grey.
    var colour = ""
    let values: [Double]
    let texts: [String]
    /// The value of a full bar; nil for the largest.
    var full: Double?
  }

  private let names: [String]
  private let columns: [Column]

  private static let rowHeight = 17.0
  private static let gap = 12.0
  private static let plansPerPicture = 2

  /// The bits of every plan, two plans in a picture, beside the weights and the sensitivity of the layers.
  static func plans(_ report: Report) -> [Picture] {
    let others = report.layers.isEmpty ? [] : weightColumns(report)
    return stride(from: 0, to: report.plans.count, by: plansPerPicture).map { first in
      let plans = report.plans[first..<min(first + plansPerPicture, report.plans.count)]
      let columns = plans.map { plan in
        Column(
          heading: plan.name, colour: report.marker(of: plan.allocator).colour,
          values: plan.bits.map(Double.init), texts: plan.bits.map(String.init), full: 8)
      }
      return BarsPicture(names: report.layers.map(\.name), columns: columns + others).picture(
        id: "bits-\(first / plansPerPicture + 1)",
        title: "Bits per layer: " + plans.map(\.name).joined(separator: " and "))
    }
  }

  private static func weightColumns(_ report: Report) -> [Column] {
    let counts = report.layers.map(\.weightCount)
    let sensitivities = report.layers.compactMap(\.sensitivity)
    let weights = Column(
      heading: "weights", values: counts.map(Double.init), texts: counts.map(Numbers.count))
    guard sensitivities.count == counts.count else { return [weights] }
    return [
      weights,
      Column(
        heading: "sensitivity", values: sensitivities, texts: sensitivities.map(Numbers.short)),
    ]
  }

  /// The bits of one network's layers beside their shares of the bytes, the work and the time, in percent.
  static func costs(_ costs: Report.Costs, of report: Report) -> Picture {
    let shares = [
      ("bytes %", costs.byteShares), ("work %", costs.workShares),
      ("time %", costs.timeShares ?? []),
    ]
    let full = shares.flatMap(\.1).max() ?? 1
    let bits = costs.layers.map(\.bits)
    let columns =
      [
        Column(
          heading: "bits", colour: "series0", values: bits.map(Double.init),
          texts: bits.map(String.init), full: 8)
      ]
      + shares.enumerated().filter { !$1.1.isEmpty }.map { index, share in
        Column(
          heading: share.0, colour: "series\(index + 1)", values: share.1,
          texts: share.1.map { Numbers.short((1000 * $0).rounded() / 10) }, full: full)
      }
    return BarsPicture(names: report.layers.map(\.name), columns: columns).picture(
      id: "costs", title: "Bits, bytes and work per layer, \(costs.network)")
  }

  private var namesWidth: Double {
    min(150, names.map { 0.87 * Picture.width(of: $0) }.max() ?? 0) + Self.gap
  }

  /// The width that the numbers of each column take.
  private var numberWidths: [Double] {
    columns.map { column in (column.texts.map { 0.9 * Picture.width(of: $0) }.max() ?? 0) + 4 }
  }

  /// The length of a full bar, the same in all columns.
  private var barLength: Double {
    let numbers = numberWidths.reduce(0, +)
    let gaps = Self.gap * Double(max(0, columns.count - 1))
    return max(8, (Picture.width - namesWidth - numbers - gaps) / Double(max(1, columns.count)))
  }

  /// The start of each column's bars.
  private var starts: [Double] {
    var x = namesWidth
    return numberWidths.map { width in
      defer { x += barLength + width + Self.gap }
      return x
    }
  }

  /// Headings stand one below the other if one of them is wider than its column.
  private var isStacked: Bool {
    zip(columns, numberWidths).contains {
      Picture.width(of: $0.heading) > barLength + $1 + Self.gap
    }
  }

  private var top: Double { isStacked ? 10 + 15 * Double(columns.count) : 25 }

  private func picture(id: String, title: String) -> Picture {
    let data = Table(
      caption: title, names.indices,
      [.words("layer") { names[$0] }]
        + columns.map { column in .number(column.heading, "%.6g") { column.values[$0] } })
    return Picture(
      id: id, title: title, description: description,
      height: top + Double(names.count) * Self.rowHeight + 2, data: data,
      zip(columns.indices, starts).map(drawn) + names.enumerated().map(label))
  }

  private func label(index: Int, name: String) -> Markup {
    let most = Int((namesWidth - Self.gap) / (0.87 * Picture.width(of: "m")))
    return .label(name.end(of: most), x: 0, y: y(index) + 11, class: "small")
  }

  private func y(_ index: Int) -> Double { top + Double(index) * Self.rowHeight }

  private func drawn(_ number: Int, start: Double) -> Markup {
    let column = columns[number]
    let end = start + barLength + numberWidths[number]
    let full = column.full ?? column.values.filter(\.isFinite).max() ?? 1
    let isWide = start + Picture.width(of: column.heading) > Picture.width
    var marks = [
      Markup.label(
        column.heading, x: isWide ? end : start, y: isStacked ? 12 + 15 * Double(number) : 12,
        isWide ? .end : .start, class: column.colour.isEmpty ? "small" : "strong named"),
      .line(start - 2, isStacked ? 16 + 15 * Double(number) : 16, start - 2, top, class: "grid"),
    ]
    for index in names.indices {
      let share = full > 0 ? max(0, min(1, column.values[index] / full)) : 0
      marks += [
        .rectangle(
          x: start, y: y(index) + 2, width: barLength * (share.isNaN ? 0 : share), height: 10,
          radius: 2, class: column.colour.isEmpty ? "plain" : "bar"),
        .label(column.texts[index], x: end, y: y(index) + 11, .end, class: "small"),
      ]
    }
    return .group(class: column.colour, marks)
  }

  private var description: String {
    columns.map { column in
      let runs = column.texts.reduce(into: [(text: String, count: Int)]()) { runs, text in
        if runs.last?.text == text {
          runs[runs.count - 1].count += 1
        } else {
          runs.append((text, 1))
        }
      }
      let words = runs.map { $0.count == 1 ? $0.text : "\($0.text) (\($0.count) layers)" }
      return
        "\(column.heading), from the first layer to the last: \(words.joined(separator: ", "))."
    }.joined(separator: " ")
  }
}

extension String {
  /// The text, or its last `count` characters behind an ellipsis.
  func end(of count: Int) -> String { self.count > count ? "…" + suffix(max(1, count - 1)) : self }
}
