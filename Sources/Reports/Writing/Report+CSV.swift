import Foundation

extension Report {
  /// The columns of `csv`; the first nine are those of timm's results files.
  package static let csvColumns = [
    "model", "top1", "top1_err", "top5", "top5_err", "param_count", "img_size", "crop_pct",
    "interpolation", "allocator", "method", "bytes", "average_bits", "top1_low", "top1_high", "kl",
    "kl_low", "kl_high", "flips", "images", "seconds",
  ]

  /// The rows as comma-separated values; a figure that nobody measured is empty.
  package var csv: String {
    var table = Table(Self.csvColumns.map { ($0, .left) })
    for row in rows { table.append(cells(row), limit: 1000) }
    return table.csv
  }

  private func cells(_ row: Report.Row) -> [String] {
    func text(_ value: Double?, _ format: String) -> String {
      value.map { String(format: format, $0) } ?? ""
    }
    let (percent, plain) = ("%.3f", "%.6g")
    return [
      "\(subject.model):\(row.name)", text(row.top1?.value, percent),
      text(row.top1.map { 100 - $0.value }, percent), text(row.top5, percent),
      text(row.top5.map { 100 - $0 }, percent),
      text(Double(subject.parameterCount) / 1e6, "%.2f"), String(subject.imageSize),
      text(subject.cropFraction, percent), subject.interpolation, row.allocator, row.method,
      String(row.bytes), text(row.averageBits, plain), text(row.top1?.low, percent),
      text(row.top1?.high, percent), text(row.kl?.value, plain), text(row.kl?.low, plain),
      text(row.kl?.high, plain), text(row.flips, plain), String(row.images),
      text(row.seconds, "%.1f"),
    ]
  }
}
