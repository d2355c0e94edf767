import ArgumentParser

/// The options about the classes of labelled images.
struct LabelArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A list of images and classes, used instead of class folders.",
      discussion: """
        One image and its class per line, separated by tabs, commas or spaces. A class is an index, \
        a wnid or a name (Docs/Guide/CheckpointsAndData.md).
        """, valueName: "file"))
  var labels: Path?

  @Option(
    help: ArgumentHelp(
      "A file that maps each class folder to an index, a wnid or a label name of the model.",
      valueName: "file"))
  var classMap: Path?
}

/// The option that accepts calibration images among the evaluation images.
struct OverlapArguments: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Accept evaluation images that are also calibration images.", visibility: .hidden))
  var allowOverlap = false
}
