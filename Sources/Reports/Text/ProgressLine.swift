import Foundation

/// The state of running work, which a terminal shows in one line.
package struct ProgressLine: Equatable, Sendable {
  package var task: String
  /// The current part of the task, such as a block's name.
  package var detail = ""
  /// From 0 to 1; nil if it is not known, as while a probe runs.
  package var fraction: Double?
  /// The seconds since the task began.
  package var elapsed: Double
  /// The seconds left of this task; nil if they are not known.
  package var left: Double?
  /// The seconds left of all work, if that is more than this task.
  package var leftOfAll: Double?

  package init(task: String, elapsed: Double) {
    self.task = task
    self.elapsed = elapsed
  }

  private static let spinner = ["|", "/", "-", "\\"]

  /// Returns the line in at most `width` characters.
  ///
  /// A narrow terminal gets a shorter bar, then none, then no elapsed time, and at last a cut text.
  package func text(width: Int = .max) -> String {
    let times = [elapsedText, leftText]
    let candidates = [
      [mark(bar: 24), words, times[0], times[1]], [mark(bar: 10), words, times[0], times[1]],
      [mark(bar: 0), words, times[0], times[1]], [mark(bar: 0), words, times[1]],
    ].map { $0.filter { !$0.isEmpty }.joined(separator: " ") }
    if let fitting = candidates.first(where: { $0.count <= width }) { return fitting }
    // The end has the time left, and the beginning the task.
    let ends = [mark(bar: 0), times[1]].filter { !$0.isEmpty }.joined(separator: " ")
    let room = width - ends.count - 2
    guard room > 0 else { return String(candidates[3].prefix(max(0, width))) }
    return [mark(bar: 0), String(words.prefix(room)) + "…", times[1]]
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The line for a file, without a bar.
  package var plainText: String {
    [words, elapsedText, leftText].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private var words: String {
    let percent = fraction.map { String(format: "%.0f %%", 100 * min(max($0, 0), 1)) }
    return [task, detail, percent ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private var elapsedText: String { "elapsed \(clockTime(elapsed))" }

  private var leftText: String {
    guard let left else { return "" }
    let all = leftOfAll.flatMap { $0 > left ? ", all \(clockTime($0))" : nil }
    return "left \(clockTime(left))" + (all ?? "")
  }

  /// Returns a bar of `width` cells, or a turning mark if the fraction is not known.
  private func mark(bar width: Int) -> String {
    guard let fraction else { return Self.spinner[Int(max(0, elapsed) * 5) % 4] }
    guard width > 0 else { return "" }
    let filled = Int((min(max(fraction, 0), 1) * Double(width)).rounded(.down))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: width - filled) + "]"
  }
}

/// Returns a duration as text, such as `0:07` or `1:02:07`.
package func clockTime(_ seconds: Double) -> String {
  // The limit of a century keeps the conversion to Int safe.
  let total = Int(min(max(seconds, 0), 3.2e9).rounded())
  let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
  return hours > 0
    ? String(format: "%d:%02d:%02d", hours, minutes, rest)
    : String(format: "%d:%02d", minutes, rest)
}
