import Foundation

/// A figure by which networks are compared, in pictures and in words.
struct Measure {
  /// The name with its unit.
  let name: String
  /// The layout of its axis.
  let kind: Axis.Kind
  let text: @Sendable (Double) -> String
  let estimate: @Sendable (Report.Row) -> Report.Estimate?

  static let top1 = Measure(
    name: "top-1, %", kind: .linear, text: { Numbers.percent($0) }, estimate: \.top1)
  static let divergence = Measure(
    name: "KL from full precision, nats", kind: .fitting, text: { Numbers.nats($0) },
    estimate: \.kl)

  /// The figures of all rows in words.
  func description(of series: [Series]) -> String {
    series.map { one in
      let points = one.rows.compactMap { row in
        estimate(row).map {
          "\(text($0.value)) [\(text($0.low)), \(text($0.high))] at "
            + "\(Numbers.short(row.mebibytes)) MiB"
        }
      }
      return "\(one.name): \(points.joined(separator: "; "))."
    }.joined(separator: " ")
  }

  /// The figures of all rows as a table.
  func data(of series: [Series], reference: Report.Row?, caption: String) -> Table {
    let rows =
      (reference.map { [("full precision", $0)] } ?? [])
      + series.flatMap { one in one.rows.map { (one.name, $0) } }
    return Table(
      caption: caption,
      rows.compactMap { name, row in
        estimate(row).map { (name: name, bytes: row.bytes, figure: $0) }
      },
      [
        .words("network") { $0.name }, .count("bytes") { $0.bytes },
        .number(name, "%.6g") { $0.figure.value }, .number("low", "%.6g") { $0.figure.low },
        .number("high", "%.6g") { $0.figure.high },
      ])
  }
}

extension Report {
  /// Accuracy and divergence of each method's networks: the pictures that sum a comparison up.
  ///
  /// A method has pictures of its own, since rounding to nearest may be so far off that on common axes all
  /// other differences would vanish. Networks of one size stand below each other, others are drawn
  /// against their sizes.
  package var summaryPictures: [Picture] {
    methods.flatMap { method -> [Picture] in
      let series = series(method: method)
      let sizes = series.flatMap(\.rows).map(\.bytes)
      guard sizes.count > 1, let least = sizes.min(), let most = sizes.max() else { return [] }
      return [
        ("accuracy", "Top-1 accuracy", Measure.top1), ("divergence", "KL divergence", .divergence),
      ]
      .map { id, title, measure in
        let reference = reference.flatMap { measure.estimate($0) == nil ? nil : $0 }
        return Double(most) > 1.02 * Double(least)
          ? ParetoPicture(series, measure, reference: reference)
            .picture(id: "\(id)-\(method)", title: "\(title) against size, \(method)")
          : IntervalPicture(series, measure, reference: reference)
            .picture(id: "\(id)-\(method)", title: "\(title) at equal size, \(method)")
      }
    }
  }
}
