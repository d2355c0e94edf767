import Foundation

/// All that the pictures show as JSON, apart from the thumbnails; equal reports give equal text.
package struct JSONReport: Sendable {
  private let report: ComparisonReport

  package init(_ report: ComparisonReport) { self.report = report }

  /// Keys are in snake case and sorted; what JSON has no number for stands as text.
  package var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(report) else {
      preconditionFailure("a report is plain data, which can always be encoded")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
