import ArgumentParser

/// The options of commands that score a network on labelled images.
struct ScoringArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Score only this many images, spread evenly over all.", valueName: "count"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Write each image's label, predicted class and top-5 to this file, separated by tabs.",
      valueName: "file"))
  var predictions: Path?

  func validate() throws { try require(limit, in: 1..., of: "--limit") }
}
