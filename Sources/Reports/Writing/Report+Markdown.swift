extension Report {
  /// The report as Markdown, for a pull request or a log: verdict, rows, statistics, notes, plans and origin.
  package var markdown: String {
    let networks = Table(networks: rows)
    var parts =
      ["# \(title)"] + verdict + [subject.text, "\(networks.caption).", networks.markdown]
    for table in tests { parts += ["\(table.caption).", table.markdown] }
    if !notes.isEmpty {
      let list = notes.map { "- \($0.replacing("\n", with: " "))" }
      parts += ["## Before you believe it", list.joined(separator: "\n")]
    }
    if !plans.isEmpty {
      parts += ["## Plans", ruleTable.markdown, planTable.markdown]
    }
    if !origin.rows.isEmpty { parts += ["## \(origin.caption)", origin.markdown] }
    return parts.joined(separator: "\n\n") + "\n"
  }
}
