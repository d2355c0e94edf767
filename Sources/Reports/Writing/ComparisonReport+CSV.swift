import Foundation

extension ComparisonReport {
  /// The columns of `csv`; the first nine are those of timm's results files.
  package static let csvColumns = [
    "model", "top1", "top1_err", "top5", "top5_err", "param_count", "img_size", "crop_pct",
    "interpolation", "allocator", "method", "bytes", "average_bits", "top1_low", "top1_high", "kl",
    "kl_low", "kl_high", "flips", "images", "seconds",
  ]

  /// The rows as comma-separated values under a heading.
  package var csv: String {
    let lines = [Self.csvColumns] + rows.map(cells)
    return lines.map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  private func cells(_ row: ComparisonReport.Row) -> [String] {
    let percent = { (value: Double) in String(format: "%.3f", value) }
    let plain = { (value: Double) in String(format: "%.6g", value) }
    return [
      "\(subject.model):\(row.name)", percent(row.top1.value), percent(100 - row.top1.value),
      row.top5.map(percent) ?? "", row.top5.map { percent(100 - $0) } ?? "",
      String(format: "%.2f", Double(subject.parameterCount) / 1e6), String(subject.imageSize),
      percent(subject.cropFraction), subject.interpolation, row.allocator, row.method,
      String(row.bytes), plain(row.averageBits), percent(row.top1.low), percent(row.top1.high),
      plain(row.kl.value), plain(row.kl.low), plain(row.kl.high), plain(row.flips),
      String(row.images), String(format: "%.1f", row.seconds),
    ]
  }

  /// RFC 4180: what holds a comma, a quote or a line break stands in quotes.
  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\n\r\r\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}
