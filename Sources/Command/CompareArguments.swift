import ArgumentParser
import Files

/// The options of `compare` that most people need.
struct CompareArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("The calibration images; labels are not used.", valueName: "folder"))
  var calibration: Path

  @Option(help: ArgumentHelp("The labelled images for scoring.", valueName: "folder"))
  var data: Path

  @Option(
    help: ArgumentHelp(
      """
      The mean bits per weight, 2 to 8, over the layers that plans may change; several with commas.
      """, valueName: "mean-bits,..."))
  var targetBits = List([4.0])

  @Option(
    help: ArgumentHelp(
      "Score only this many images, spread evenly over all.", valueName: "count"))
  var limit: Int?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the report, the packed files, the plans and all scores to this folder.",
      valueName: "folder"))
  var output: Path?

  @Flag(help: "Put measured times on the page, which then differs from run to run.")
  var times = false

  @Flag(help: "Print the planned work and stop.")
  var dryRun = false

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  func validate() throws {
    for bits in targetBits.values { try require(bits, in: 2...8, of: "--target-bits") }
    try require(limit, in: 1..., of: "--limit")
    guard !times || output != nil else {
      throw InputError.unused("--times", "no page is written", try: "give --output too")
    }
  }
}
