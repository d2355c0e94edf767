import ArgumentParser
import MixQuantKit
import Studies

/// How much accuracy a quantized file may lose, and who is to judge.
struct AccuracyTargetArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Find the smallest file whose top-1 on --data is at most this many points below full precision's.",
      discussion: """
        Bisects plans of --allocator from 2 to 8 bits a weight, taking for granted that more bytes are no \
        worse. The smallest file so far is in --output at all times; an interrupted search goes on where \
        it was (Docs/Guide/ChoosingBits.md).
        """))
  var maxDrop: Double?

  @Option(help: "With --max-drop: the labelled images that judge. They are no test set afterwards.")
  var data: Path?

  @Option(help: "A label file for a flat folder, if it is not in it or beside it.")
  var labels: Path?

  @Option(help: "With --max-drop: judge by only this many images, spread evenly over all.")
  var limit: Int?

  @Flag(
    help: "With --max-drop: the upper end of the drop's 95 % interval must be within the limit.")
  var confident = false

  @Option(
    help: "With --max-drop: begin no trial that would not end in this time, as in 90s, 30m, 2h.")
  var timeBudget: TimeSpan?

  /// What the flags ask for; none without --max-drop.
  var dropLimit: DropLimit? { maxDrop.map { DropLimit(points: $0, isConfident: confident) } }

  func validate() throws {
    guard let maxDrop else {
      guard data == nil, labels == nil, limit == nil, !confident, timeBudget == nil else {
        throw ValidationError(
          "--data, --labels, --limit, --confident and --time-budget need --max-drop.")
      }
      return
    }
    guard (0...100).contains(maxDrop) else {
      throw ValidationError("--max-drop \(maxDrop) is not between 0 and 100 points.")
    }
    guard data != nil else { throw ValidationError("--max-drop needs images to judge by: --data.") }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not positive.") }
  }
}

/// A stretch of time: a number with s, m or h.
struct TimeSpan: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    guard let unit = argument.last.flatMap({ units[$0] }),
      let number = Double(argument.dropLast()), number > 0, number.isFinite
    else { return nil }
    seconds = number * unit
  }
}
