import Foundation

extension Report {
  /// The rows as comma-separated values; a figure that nobody measured is empty.
  ///
  /// The first nine columns are those of timm's results files.
  package var csv: String {
    func column(
      _ heading: String, _ format: String, _ value: @escaping (Row) -> Double?
    ) -> Table.Column<Row> {
      .number(heading) { row in value(row).map { String(format: format, $0) } ?? "" }
    }
    let (percent, plain) = ("%.3f", "%.6g")
    let table = Table(
      rows,
      [
        .words("model") { "\(subject.model):\($0.name)" },
        column("top1", percent) { $0.top1?.value },
        column("top1_err", percent) { $0.top1.map { 100 - $0.value } },
        column("top5", percent) { $0.top5 },
        column("top5_err", percent) { $0.top5.map { 100 - $0 } },
        column("param_count", "%.2f") { _ in Double(subject.parameterCount) / 1e6 },
        .count("img_size") { _ in subject.imageSize },
        column("crop_pct", percent) { _ in subject.cropFraction },
        .words("interpolation") { _ in subject.interpolation },
        .words("allocator") { $0.allocator }, .words("method") { $0.method },
        .count("bytes") { $0.bytes }, column("average_bits", plain) { $0.averageBits },
        column("top1_low", percent) { $0.top1?.low },
        column("top1_high", percent) { $0.top1?.high },
        column("kl", plain) { $0.kl?.value }, column("kl_low", plain) { $0.kl?.low },
        column("kl_high", plain) { $0.kl?.high }, column("flips", plain) { $0.flips },
        .count("images") { $0.images }, column("seconds", "%.1f") { $0.seconds },
      ], limit: 1000)
    return table.csv
  }
}
