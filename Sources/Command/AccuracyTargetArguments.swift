import ArgumentParser
import Files
import MixQuantKit
import Studies

/// The options of the search for the smallest file within an accuracy limit.
struct AccuracyTargetArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Find the smallest file whose top-1 on --data is at most this many points, 0 to 100, below full \
      precision.
      """,
      discussion: """
        Bisects plans of --allocator from 2 to 8 bits per weight and assumes that more bytes are not \
        worse. --output always holds the smallest file so far, and an interrupted search can resume \
        (Docs/Guide/ChoosingBits.md).
        """, valueName: "points"))
  var maxDrop: Double?

  @Option(
    help: ArgumentHelp(
      "With --max-drop: labelled images for the search, which are then no longer a test set.",
      valueName: "folder"))
  var data: Path?

  @OptionGroup var classes: LabelArguments
  @OptionGroup var overlap: OverlapArguments

  @Option(
    help: ArgumentHelp(
      "With --max-drop: use only this many of the images, spread evenly over all.",
      valueName: "count"))
  var limit: Int?

  @Flag(
    help: "With --max-drop: the upper end of the drop's 95 % interval must be within the limit.")
  var confident = false

  @Option(
    help: ArgumentHelp(
      "With --max-drop: start only trials that end within this time, such as 90s, 30m or 1h30m.",
      valueName: "time"))
  var timeBudget: TimeSpan?

  /// The limit of `--max-drop`, if given.
  var dropLimit: DropLimit? { maxDrop.map { DropLimit(points: $0, isConfident: confident) } }

  func validate() throws {
    guard let maxDrop else {
      let given: [(String, Bool)] = [
        ("--data", data != nil), ("--labels", classes.labels != nil),
        ("--class-map", classes.classMap != nil), ("--limit", limit != nil),
        ("--confident", confident), ("--time-budget", timeBudget != nil),
        ("--allow-overlap", overlap.allowOverlap),
      ]
      let unused = given.filter(\.1).map(\.0)
      guard unused.isEmpty else {
        throw InputError.unused(
          unused.listed("and"), "without --max-drop, quantize reads no labelled images",
          try: "leave it out, or give --max-drop")
      }
      return
    }
    try require(maxDrop, in: 0...100, of: "--max-drop")
    guard data != nil else {
      throw InputError.missing("--data", "--max-drop needs labelled images to judge by")
    }
    try require(limit, in: 1..., of: "--limit")
  }
}
