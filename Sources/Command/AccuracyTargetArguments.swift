import ArgumentParser
import MixQuantKit
import Studies

/// The options of the search for the smallest file within an accuracy limit.
struct AccuracyTargetArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Find the smallest file whose top-1 on --data is at most this many points below full precision.",
      discussion: """
        Bisects plans of --allocator from 2 to 8 bits per weight and assumes that more bytes are not \
        worse. --output always holds the smallest file so far, and an interrupted search can resume \
        (Docs/Guide/ChoosingBits.md).
        """))
  var maxDrop: Double?

  @Option(
    help: "With --max-drop: labelled images for the search, which are then no longer a test set.")
  var data: Path?

  @OptionGroup var classes: LabelArguments
  @OptionGroup var overlap: OverlapArguments

  @Option(help: "With --max-drop: use only this many of the images, spread evenly over all.")
  var limit: Int?

  @Flag(
    help: "With --max-drop: the upper end of the drop's 95 % interval must be within the limit.")
  var confident = false

  @Option(
    help: "With --max-drop: start only trials that end within this time, such as 90s, 30m or 2h.")
  var timeBudget: TimeSpan?

  /// The limit of `--max-drop`, if given.
  var dropLimit: DropLimit? { maxDrop.map { DropLimit(points: $0, isConfident: confident) } }

  func validate() throws {
    guard let maxDrop else {
      guard data == nil, classes.labels == nil, classes.classMap == nil, limit == nil, !confident,
        timeBudget == nil, !overlap.allowOverlap
      else {
        throw ValidationError(
          "--data, --labels, --class-map, --limit, --confident, --time-budget and "
            + "--allow-overlap need --max-drop.")
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

/// A duration: a number with s, m or h.
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
