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
      "Labelled images on which to score the packed file.",
      discussion: """
        With --max-drop they judge the search, and are then no longer a test set. Otherwise the file and \
        the checkpoint are scored at the end.
        """, valueName: "folder"))
  var data: Path?

  @OptionGroup var classes: LabelArguments
  @OptionGroup var overlap: OverlapArguments

  @Option(
    help: ArgumentHelp(
      "Use only this many images of --data, spread evenly over all.",
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
    try require(maxDrop, in: 0...100, of: "--max-drop")
    try require(limit, in: 1..., of: "--limit")
  }

  /// Throws if an option needs another one that is absent; called after the purpose has set its options.
  func requireComplete() throws {
    guard data == nil else {
      guard maxDrop != nil || (!confident && timeBudget == nil) else {
        throw InputError.missing("--max-drop", "--confident and --time-budget are about a search")
      }
      return
    }
    guard maxDrop == nil else {
      throw InputError.missing("--data", "--max-drop needs labelled images to judge by")
    }
    let given: [(String, Bool)] = [
      ("--labels", classes.labels != nil), ("--class-map", classes.classMap != nil),
      ("--limit", limit != nil), ("--confident", confident),
      ("--time-budget", timeBudget != nil), ("--allow-overlap", overlap.allowOverlap),
    ]
    let unused = given.filter(\.1).map(\.0)
    guard unused.isEmpty else {
      throw InputError.unused(
        unused.listed("and"), "without --data, quantize reads no labelled images",
        try: "leave it out, or give --data")
    }
  }
}
