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
    help: ArgumentHelp(
      "Labelled images on which to score the packed file.",
      discussion: """
        With --max-drop they judge the search, and are then no longer a test set. Otherwise the file and \
        the checkpoint are scored at the end.
        """))
  var data: Path?

  @OptionGroup var classes: LabelArguments
  @OptionGroup var overlap: OverlapArguments

  @Option(help: "Use only this many images of --data, spread evenly over all.")
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
    if let maxDrop, !(0...100).contains(maxDrop) {
      throw ValidationError("--max-drop \(maxDrop) is not between 0 and 100 points.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not positive.") }
  }

  /// Throws if an option needs another one that is absent; called when the purpose has set its options.
  func requireComplete() throws {
    guard data == nil else {
      guard maxDrop != nil || (!confident && timeBudget == nil) else {
        throw ValidationError("--confident and --time-budget need --max-drop.")
      }
      return
    }
    guard maxDrop == nil else {
      throw ValidationError("--max-drop needs images to judge by: --data.")
    }
    guard classes.labels == nil, classes.classMap == nil, limit == nil, !confident,
      timeBudget == nil, !overlap.allowOverlap
    else {
      throw ValidationError(
        "--labels, --class-map, --limit, --confident, --time-budget and --allow-overlap need --data."
      )
    }
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
