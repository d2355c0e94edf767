/// The comparison as Markdown: what a pull request or a log can hold.
package struct MarkdownReport: Sendable {
  private let report: ComparisonReport

  package init(_ report: ComparisonReport) { self.report = report }

  /// Findings, the rows, the notes and the plans.
  package var text: String {
    let subject = report.subject
    var parts = [
      "# \(subject.model)",
      "\(subject.architecture), \(Numbers.count(subject.parameterCount)) parameters. "
        + "Scored on \(subject.evaluation); calibrated on \(subject.calibration).",
      "\(report.rowTable.caption).", report.rowTable.markdown,
    ]
    if !report.findings.isEmpty { parts.append(list(report.findings)) }
    for table in report.testTables { parts += ["\(table.caption).", table.markdown] }
    if !report.notes.isEmpty { parts += ["## Before you believe it", list(report.notes)] }
    if !report.plans.isEmpty {
      parts += ["## Plans", report.ruleTable.markdown, report.planTable.markdown]
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private func list(_ sentences: [String]) -> String {
    sentences.map { "- \($0.replacing("\n", with: " "))" }.joined(separator: "\n")
  }
}
