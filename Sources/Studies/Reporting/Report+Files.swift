package import Reports

extension Report {
  /// Returns the names of `files` in a report on rows made by `methods`.
  package static func fileNames(methods: [String]) -> [String] {
    ["comparison.csv", "comparison.html", "comparison.md", "report.json"]
      + methods.flatMap { ["accuracy-\($0).svg", "divergence-\($0).svg"] }
  }

  /// The names and texts of all files of the report.
  package var files: [(name: String, text: String)] {
    [
      ("comparison.csv", csv), ("comparison.html", HTMLPage(self).source),
      ("comparison.md", markdown), ("report.json", json),
    ] + summaryPictures.map { ("\($0.id).svg", $0.file) }
  }
}
