package import MixQuantKit
package import Reports

/// The files that a report is written as.
package struct ReportFiles: Sendable {
  private let report: ComparisonReport

  package init(_ report: ComparisonReport) { self.report = report }

  /// Their names, for rows made by `methods`.
  package static func names(methods: [String]) -> [String] {
    ["comparison.csv", "comparison.html", "comparison.md", "report.json"]
      + methods.flatMap { ["accuracy-\($0).svg", "divergence-\($0).svg"] }
  }

  /// Names and texts.
  package var contents: [(name: String, text: String)] {
    [
      ("comparison.csv", CSVReport(report).text), ("comparison.html", HTMLPage(report).source),
      ("comparison.md", MarkdownReport(report).text), ("report.json", JSONReport(report).text),
    ] + report.summaryPictures.map { ("\($0.id).svg", $0.file) }
  }
}
