import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Studies

/// The command that writes a packed file in a format of other programs.
struct ExportCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a packed file in a format of other programs.",
    discussion: """
      For ONNX, the command prints the kernels with which common runtimes compute each layer. The \
      flavour "deploy" has an accuracy of its own, which --data measures.

      Examples:

        mixq export small.mixq small.onnx
        mixq export small.mixq small.safetensors --format safetensors
        mixq export fast.mixq fast.onnx --flavour deploy \\
          --calibration calibration --data validation
      """)

  @Argument(help: "A packed file.")
  var file: Path

  @Argument(help: "The file to write.")
  var output: Path

  @OptionGroup(title: "Main options") var main: ExportArguments
  @OptionGroup(title: "Deployment") var deployment: DeploymentArguments
  @OptionGroup(title: "Deployment") var scoring: ScoringArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments

  func validate() throws {
    try deployment.requireImages(for: scoring)
    guard main.format == .onnx || main.flavour == nil && main.store == nil else {
      throw InputError.unused(
        "--flavour and --store", "they belong to --format onnx",
        try: "leave them out, or use --format onnx")
    }
    let isDeployed = main.flavour == .deploy
    guard !isDeployed || deployment.calibration != nil else {
      throw InputError.missing("--calibration", "--flavour deploy needs images for its grids")
    }
    guard isDeployed || deployment.calibration == nil else {
      throw InputError.unused("--calibration", "only --flavour deploy needs images")
    }
    guard isDeployed || deployment.data == nil else {
      throw InputError.unused(
        "--data", "it needs --flavour deploy",
        try: "score the packed file itself with mixq evaluate")
    }
    guard !(isDeployed && main.store == .int4) else {
      throw InputError.conflict(
        "--flavour deploy and --store int4", "the flavour needs weights of 8 bits",
        try: "leave out --store int4")
    }
  }

  func run() throws {
    try requireWritable(output.url, overwriting: main.force, inputs: [file, deployment.labels])
    if let predictions = scoring.predictions {
      try requireWritable(
        predictions.url, overwriting: main.force, inputs: [file, deployment.labels])
    }
    let console = Console(isQuiet: common.quiet)
    let packed = try PackedModel(contentsOf: file.url)
    Model.packed(packed).introduction(file.url).forEach(console.note)
    let report = try write(packed, console)
    let digest = try Model.packed(packed).digest(of: file.url)
    try emit(
      report, as: .export, from: [ResultInput(.model, file.url, sha256: digest)],
      isJSON: common.json
    ) { report.text(width: $0) }
  }

  private func write(_ packed: PackedModel, _ console: Console) throws -> ExportReport {
    switch main.format {
    case .safetensors:
      let count = try packed.writeDequantized(to: output.url, overwriting: main.force)
      console.note(
        "note       the file has no transform and no class names: copy the checkpoint's "
          + "configuration beside it")
      return try ExportReport(output.url, main.format, tensors: count)
    case .json:
      try packed.writeEncodings(to: output.url, overwriting: main.force)
      return try ExportReport(output.url, main.format)
    case .onnx:
      guard main.flavour == .deploy else { return try writeFaithful(packed, console) }
      return try writeDeployed(packed, console)
    }
  }

  private func writeFaithful(_ packed: PackedModel, _ console: Console) throws -> ExportReport {
    if main.store == .int4 {
      console.note(
        "warning    ONNX Runtime and OpenVINO compute convolutions of 4-bit weights in floating "
          + "point: the file is smaller, and slower than with --store int8")
    }
    let network = ExportedNetwork(faithful: packed.network, width: main.store ?? .int8)
    try network.write(to: output.url, of: packed, overwriting: main.force)
    return try ExportReport(output.url, main.format, network)
  }

  private func writeDeployed(_ packed: PackedModel, _ console: Console) throws -> ExportReport {
    guard let calibration = deployment.calibration else {
      preconditionFailure("checked in validate")
    }
    let images = try ImageSet.open(calibration.url, purpose: .calibration)
      .drawing(deployment.calibrationImages, seed: random.seed)
    console.note(
      "images     \(images.items.count) for calibration, \(calibration.url.relativePath)")
    let network = try packed.deployed(calibratedOn: images, context: common.context)
    let result = try score(network, of: packed, console)
    if let predictions = scoring.predictions, let result {
      try AtomicFile.write(
        Data(result.predictionsTable.utf8), to: predictions.url, overwriting: main.force)
    }
    try network.exported.write(to: output.url, of: packed, overwriting: main.force)
    return try ExportReport(
      output.url, main.format, network.exported,
      accuracy: result?.accuracy)
  }

  /// Returns the result of `network` on the labelled images, if there are any.
  private func score(
    _ network: DeployNetwork, of packed: PackedModel, _ console: Console
  ) throws -> EvaluationResult? {
    guard let data = deployment.data else { return nil }
    let subject = try EvaluationSubject(
      model: .packed(packed), url: file.url, data: data.url, labels: deployment.labels?.url,
      limit: scoring.limit,
      flags: TransformFlags(), skipBadImages: false, context: common.context)
    console.begin("evaluating")
    defer { console.end() }
    return try subject.evaluate(network) { console.advance(to: Double($0) / Double($1)) }
  }
}
