import ArgumentParser
import Files
import MixQuantKit
import Studies

extension ExportFormat: ExpressibleByArgument {
  /// The formats with a short description of each.
  static var choices: String {
    allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "; ") + "."
  }
}

extension ExportFlavour: ExpressibleByArgument {
  /// The flavours with a short description of each.
  static var choices: String {
    allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "; ") + "."
  }
}

extension StoredWeights.Width: ExpressibleByArgument {}

/// The options of `export` that most people need.
struct ExportArguments: ParsableArguments {
  @Option(help: ArgumentHelp("The format. \(ExportFormat.choices)", valueName: "format"))
  var format: ExportFormat = .onnx

  @Option(
    help: ArgumentHelp("The flavour of ONNX files. \(ExportFlavour.choices)", valueName: "flavour"))
  var flavour: ExportFlavour?

  @Option(
    help: ArgumentHelp(
      "The type of weights in ONNX files: int8, or int4 for layers of at most 4 bits.",
      valueName: "type"))
  var store: StoredWeights.Width?

  @Flag(help: "Overwrite existing outputs.")
  var force = false
}

/// The options of `export` about `--flavour deploy`.
struct DeploymentArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The images from which --flavour deploy finds its additional grids.", valueName: "folder"))
  var calibration: Path?

  @Option(
    help: ArgumentHelp(
      "The number of calibration images drawn from the folder.", valueName: "count"))
  var calibrationImages = 256

  @Option(
    help: ArgumentHelp(
      "Labelled images on which to score the network of --flavour deploy.", valueName: "folder"))
  var data: Path?

  @Option(
    help: ArgumentHelp(
      "A list of images and classes, used instead of class folders.", valueName: "file"))
  var labels: Path?

  /// Throws if an option of scoring is given without images; `scoring` belongs to the same command.
  func requireImages(for scoring: ScoringArguments) throws {
    let given: [(String, Bool)] = [
      ("--labels", labels != nil), ("--limit", scoring.limit != nil),
      ("--predictions", scoring.predictions != nil),
    ]
    let unused = given.filter(\.1).map(\.0)
    guard data != nil || unused.isEmpty else {
      throw InputError.unused(
        unused.listed("and"), "without --data, no image is scored",
        try: "leave it out, or give --data")
    }
  }

  func validate() throws {
    try require(calibrationImages, in: 1..., of: "--calibration-images")
  }
}
