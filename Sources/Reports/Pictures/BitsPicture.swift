/// Bits of every layer as bars, from the first layer at the top to the last at the bottom, with the
/// layer's weights and its sensitivity beside them.
struct BitsPicture {
  private let report: ComparisonReport
  private let plans: [ComparisonReport.Plan]

  private static let rowHeight = 17.0
  private static let plansPerPicture = 2
  private static let weightsColumn = 60.0
  private static let gap = 12.0

  /// As many pictures as the plans need, two in each.
  static func pictures(_ report: ComparisonReport) -> [Picture] {
    guard !report.layers.isEmpty else { return [] }
    return stride(from: 0, to: report.plans.count, by: plansPerPicture).map { first in
      let plans = report.plans[first..<min(first + plansPerPicture, report.plans.count)]
      return BitsPicture(report: report, plans: Array(plans))
        .picture(id: "bits-\(first / plansPerPicture + 1)")
    }
  }

  private var namesColumn: Double {
    min(150, report.layers.map { 0.87 * Picture.width(of: $0.name) }.max() ?? 0) + Self.gap
  }

  private var hasSensitivity: Bool { report.layers.contains { $0.sensitivity != nil } }

  /// Returns the start of the bars of plan number `index`, and their greatest width.
  private func column(_ index: Int) -> (x: Double, width: Double) {
    let sides = namesColumn + (Self.weightsColumn + Self.gap) * (hasSensitivity ? 2 : 1)
    let width = (Picture.width - sides) / Double(plans.count)
    return (namesColumn + Double(index) * width, width - Self.gap)
  }

  private var weightsX: Double {
    Picture.width - Self.weightsColumn - (hasSensitivity ? Self.weightsColumn + Self.gap : 0)
  }

  private var sensitivityX: Double { Picture.width - Self.weightsColumn }

  /// Headings stand one below the other, for plans have longer names than their columns are wide.
  private var top: Double { 26 + 15 * Double(plans.count) }

  private func picture(id: String) -> Picture {
    let content = headings + report.layers.indices.flatMap(row)
    return Picture(
      id: id, title: "Bits per layer: " + plans.map(\.name).joined(separator: " and "),
      description: description,
      height: top + Double(report.layers.count) * Self.rowHeight + 2, content)
  }

  private var headings: [Markup] {
    var headings = plans.enumerated().flatMap { index, plan -> [Markup] in
      let (x, y) = (column(index).x, 12 + 15 * Double(index))
      return [
        .line(x, y + 4, x, top - 6, class: "grid"),
        .group(
          class: report.marker(of: plan.allocator).colour,
          [.label(plan.name, x: x, y: y, class: "strong named")]),
      ]
    }
    let end = Picture.width
    headings.append(
      .label("weights", x: weightsX + Self.weightsColumn, y: top - 10, .end, class: "small"))
    if hasSensitivity {
      headings.append(.label("sensitivity", x: end, y: top - 10, .end, class: "small"))
    }
    return headings
  }

  private func row(_ index: Int) -> [Markup] {
    let layer = report.layers[index]
    let y = top + Double(index) * Self.rowHeight
    var row = [Markup.label(layer.name, x: 0, y: y + 11, class: "small")]
    for (number, plan) in plans.enumerated() {
      let (x, width) = column(number)
      let unit = (width - 14) / 8
      let bits = Double(plan.bits[index])
      row.append(
        .group(
          class: report.marker(of: plan.allocator).colour,
          [
            .rectangle(x: x, y: y + 5, width: 8 * unit, height: 4, radius: 2, class: "track"),
            .rectangle(x: x, y: y + 2, width: bits * unit, height: 10, radius: 2, class: "bar"),
            .label(String(plan.bits[index]), x: x + width, y: y + 11, .end),
          ]))
    }
    let heaviest = report.layers.map(\.weightCount).max() ?? 1
    row += dataBar(
      Numbers.count(layer.weightCount), share: Double(layer.weightCount) / Double(heaviest),
      x: weightsX, y: y)
    if hasSensitivity, let sensitivity = layer.sensitivity {
      let most = report.layers.compactMap(\.sensitivity).max() ?? 1
      row += dataBar(
        Numbers.short(sensitivity), share: most > 0 ? sensitivity / most : 0, x: sensitivityX, y: y)
    }
    return row
  }

  /// Returns a number over a bar that begins at the number's right end.
  private func dataBar(_ text: String, share: Double, x: Double, y: Double) -> [Markup] {
    let end = x + Self.weightsColumn
    let width = Self.weightsColumn * max(0, min(1, share))
    return [
      .rectangle(x: end - width, y: y + 12, width: width, height: 3, radius: 1, class: "track"),
      .label(text, x: end, y: y + 10, .end, class: "small"),
    ]
  }

  private var description: String {
    plans.map { plan in
      let runs = plan.bits.reduce(into: [(bits: Int, count: Int)]()) { runs, bits in
        if runs.last?.bits == bits {
          runs[runs.count - 1].count += 1
        } else {
          runs.append((bits, 1))
        }
      }
      let words = runs.map { "\($0.bits) bits for \(Numbers.counted($0.count, "layer"))" }
      return "\(plan.name), from first to last: \(words.joined(separator: ", "))."
    }.joined(separator: " ")
  }
}
