import ArgumentParser
import Checkpoints
import Datasets
import Files
import Foundation
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

/// The command that writes a packed file in a format of other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a packed file in a format of other programs.",
    discussion: """
      For ONNX, the command prints by which kernels the common runtimes compute each layer. The \
      flavour "deploy" is a network of its own: use --data to measure its accuracy.
      """)

  @Argument(help: "A packed file.")
  var file: Path

  @Argument(help: "The file to write.")
  var output: Path

  @Option(help: ArgumentHelp("The format. \(ExportFormat.choices)"))
  var format: ExportFormat = .onnx

  @Option(help: ArgumentHelp("The flavour of ONNX files. \(ExportFlavour.choices)"))
  var flavour: ExportFlavour?

  @Option(help: "The type of weights in ONNX files: int8, or int4 for layers of at most 4 bits.")
  var store: StoredWeights.Width?

  @Option(help: "The images from which --flavour deploy takes its further grids.")
  var calibration: Path?

  @Option(help: "The number of calibration images drawn from the folder.")
  var calibrationImages = 256

  @Option(help: "Labelled images on which to score the network of --flavour deploy.")
  var data: Path?

  @Option(help: "The label file of a flat folder, if it is neither in the folder nor beside it.")
  var labels: Path?

  @Option(help: "Score only this many images, spread evenly over all.")
  var limit: Int?

  @Option(
    help: "Write each image's label, predicted class and top-5 to this file, separated by tabs.")
  var predictions: Path?

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard format == .onnx || flavour == nil && store == nil else {
      throw ValidationError("--flavour and --store belong to --format onnx.")
    }
    let isDeployed = flavour == .deploy
    guard isDeployed == (calibration != nil) else {
      throw ValidationError("--flavour deploy and --calibration belong together.")
    }
    guard isDeployed || data == nil else {
      throw ValidationError(
        "--data needs --flavour deploy; evaluate scores the packed file itself.")
    }
    guard data != nil || (limit == nil && predictions == nil && labels == nil) else {
      throw ValidationError("--labels, --limit and --predictions need --data.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not positive.") }
    guard !(isDeployed && store == .int4) else {
      throw ValidationError("--flavour deploy needs weights of 8 bits: leave out --store int4.")
    }
    guard calibrationImages > 0 else {
      throw ValidationError("--calibration-images \(calibrationImages) is not positive.")
    }
  }

  func run() throws {
    try requireWritable(output.url, overwriting: force, inputs: [file, labels])
    if let predictions {
      try requireWritable(predictions.url, overwriting: force, inputs: [file, labels])
    }
    let console = Console(isQuiet: common.quiet)
    let packed = try PackedModel(SafetensorsFile.read(file.url), at: file.url.path)
    Model.packed(packed).introduction(file.url).forEach(console.note)
    let report = try write(packed, console)
    let digest = try Model.packed(packed).digest(of: file.url)
    try emit(
      report, as: .export, from: [ResultInput(.model, file.url, sha256: digest)],
      isJSON: common.json
    ) { report.text(width: $0) }
  }

  private func write(_ packed: PackedModel, _ console: Console) throws -> ExportReport {
    switch format {
    case .safetensors:
      let checkpoint = packed.dequantizedCheckpoint
      try checkpoint.write(to: output.url, overwriting: force)
      console.note(
        "note       the file has no transform and no class names: copy the checkpoint's "
          + "configuration beside it")
      return try ExportReport(output.url, format, tensors: checkpoint.entries.count)
    case .json:
      try AtomicFile.write(
        Data((packed.encodings + "\n").utf8), to: output.url, overwriting: force)
      return try ExportReport(output.url, format)
    case .onnx:
      guard flavour == .deploy else { return try writeFaithful(packed, console) }
      return try writeDeployed(packed, console)
    }
  }

  private func writeFaithful(_ packed: PackedModel, _ console: Console) throws -> ExportReport {
    if store == .int4 {
      console.note(
        "warning    ONNX Runtime and OpenVINO compute convolutions of 4-bit weights in floating "
          + "point: the file is smaller, and slower than with --store int8")
    }
    let network = ExportedNetwork(faithful: packed.network, width: store ?? .int8)
    try network.model(of: packed).write(to: output.url, overwriting: force)
    return try ExportReport(output.url, format, network)
  }

  private func writeDeployed(_ packed: PackedModel, _ console: Console) throws -> ExportReport {
    guard let calibration else { preconditionFailure("checked in validate") }
    let images = try ImageSet.open(calibration.url, purpose: .calibration)
      .drawing(calibrationImages, seed: common.seed)
    console.note(
      "images     \(images.items.count) for calibration, \(calibration.url.relativePath)")
    let network = try packed.deployed(calibratedOn: images, context: common.context)
    let result = try score(network, of: packed, console)
    if let predictions, let result {
      try AtomicFile.write(
        Data(result.predictionsTable.utf8), to: predictions.url, overwriting: force)
    }
    try network.exported.model(of: packed).write(to: output.url, overwriting: force)
    return try ExportReport(
      output.url, format, network.exported,
      accuracy: result?.predictions.accuracy)
  }

  /// Returns the result of `network` on the labelled images, if there are any.
  private func score(
    _ network: DeployNetwork, of packed: PackedModel, _ console: Console
  ) throws -> EvaluationResult? {
    guard let data else { return nil }
    let subject = try EvaluationSubject(
      model: .packed(packed), url: file.url, data: data.url, labels: labels?.url, limit: limit,
      flags: TransformFlags(), skipBadImages: false, context: common.context)
    console.begin("evaluating")
    defer { console.end() }
    return try subject.evaluate(network) { console.advance(to: Double($0) / Double($1)) }
  }
}
