extension ComparisonReport {
  /// The comparison as Markdown, for a pull request or a log: rows, findings, notes and plans.
  package var markdown: String {
    var parts = [
      "# \(subject.model)",
      "\(subject.architecture), \(Numbers.count(subject.parameterCount)) parameters. "
        + "Scored on \(subject.evaluation); calibrated on \(subject.calibration).",
      "\(rowTable.caption).", rowTable.markdown,
    ]
    if !findings.isEmpty { parts.append(list(findings)) }
    for table in tests { parts += ["\(table.caption).", table.markdown] }
    if !notes.isEmpty { parts += ["## Before you believe it", list(notes)] }
    if !plans.isEmpty {
      parts += ["## Plans", ruleTable.markdown, planTable.markdown]
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private func list(_ sentences: [String]) -> String {
    sentences.map { "- \($0.replacing("\n", with: " "))" }.joined(separator: "\n")
  }
}
