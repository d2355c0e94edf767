import Foundation

extension ComparisonReport {
  /// The content of all pictures as JSON, without the thumbnails; equal reports give equal text.
  ///
  /// Keys are in snake case and sorted; a number that JSON does not know stands as text.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a report is plain data, which can always be encoded")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
