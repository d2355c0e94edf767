import Files
import Foundation
import MixQuantKit
import Quantization
import Reconstruction
import Reports

/// The results of studies in plain words.
enum PlainWords {
  /// The size and accuracy of the file that is closest to full precision.
  static func best(_ best: SummaryRow, in record: ExperimentRecord) -> String {
    let (row, full) = (best.figures, record.accuracy)
    let top1 = row.top1?.value ?? 0
    let isRight = zip(record.fullPrecision.answers, record.labels).map { $0 == $1 }
    let p = Statistics.mcNemar(isRight, best.score.isCorrect)
    let drop = full.top1 - top1
    let change =
      abs(drop) < 0.005
      ? "as many as full precision"
      : String(format: "%.2f points ", abs(drop)) + (drop > 0 ? "fewer" : "more")
        + " than full precision" + (p < Statistics.significance ? "" : ", which may be chance")
    return "\(row.name) is closest to full precision: it answers "
      + String(format: "%.2f %% of %d images right", top1, full.images)
      + ", \(change) (McNemar \(Numbers.pStatement(p))), with "
      + String(
        format: "%.2f bits per weight in %.3f MiB, %.1f times less than %.3f MiB.", row.averageBits,
        row.mebibytes, Double(record.fullPrecision.bytes) / Double(max(1, row.bytes)),
        record.fullPrecision.bytes.mebibytes)
  }

  /// The best accuracy without learning; nil if nothing was learned, or everything was.
  static func unlearned(_ networks: [SummaryRow]) -> String? {
    let plain = networks.filter { $0.cell.method == .nearest }
    guard plain.count < networks.count,
      let best = plain.max(by: { ($0.figures.top1?.value ?? 0) < ($1.figures.top1?.value ?? 0) }),
      let top1 = best.figures.top1?.value
    else { return nil }
    return "Rounding to nearest reaches \(Numbers.percent(top1)) % at best (\(best.figures.name))."
  }
}

extension String {
  /// A statement of the terminal, such as "overlap    0 of 9 images", as "Overlap: 0 of 9 images".
  var asSentence: String {
    guard let gap = firstRange(of: /\s{2,}/) else { return self }
    return self[..<gap.lowerBound].capitalized + ": " + self[gap.upperBound...]
  }
}
