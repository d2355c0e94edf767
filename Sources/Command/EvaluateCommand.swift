import ArgumentParser
import Files
import Foundation
import MixQuantKit
import Networks
import Quantization
import Reports
import Studies

extension InferenceEngine: ExpressibleByArgument {}

/// The command that scores a checkpoint or a packed file on labelled images.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures top-1 and top-5 of a checkpoint or a packed file.")

  @Argument(
    help:
      "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face) or a packed file."
  )
  var model: Path

  @Option(
    help:
      "The labelled images: class folders, a folder with a list of labels, or CIFAR-10's batches.")
  var data: Path

  @Option(
    help: "The folder of a packed file's calibration images; counts the images that are in both.")
  var calibration: Path?

  @Option(help: "Score only this many images, spread evenly over all.")
  var limit: Int?

  @Option(
    help: "Write each image's label, predicted class and top-5 to this file, separated by tabs.")
  var predictions: Path?

  @Option(name: .customLong("min-top1"), help: "Exit with 1 if top-1, in percent, is below this.")
  var minTop1: Double?

  @Option(
    help: """
      The kernels: integer or float. Both give the same logits to the bit for a file with quantized \
      activations, which uses integer kernels by default. Other models have float kernels alone.
      """)
  var engine: InferenceEngine?

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  @OptionGroup var classes: LabelArguments
  @OptionGroup var overlap: OverlapArguments
  @OptionGroup var checkpoint: CheckpointArguments
  @OptionGroup var transform: TransformArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not positive.") }
    if let minTop1, !(0...100).contains(minTop1) {
      throw ValidationError("--min-top1 \(minTop1) is not a percentage.")
    }
  }

  func run() throws {
    if let predictions {
      try requireWritable(
        predictions.url, overwriting: force, inputs: [model, classes.labels, classes.classMap])
    }
    let console = Console(isQuiet: common.quiet)
    let opened = try console.during("opening the model") {
      try Model(contentsOf: model.url, options: checkpoint.options)
    }
    let subject = try EvaluationSubject(
      model: opened, url: model.url, data: data.url, labels: classes.labels?.url,
      classMap: classes.classMap?.url, limit: limit, flags: transform.flags,
      skipBadImages: transform.skipBadImages, engine: engine,
      context: common.context)
    subject.introduction.forEach(console.note)
    let audit = try subject.audit(calibration: calibration?.url)
    audit.lines.forEach(console.note)
    if !overlap.allowOverlap { try audit.requireNoOverlap() }
    if let difference = try subject.selfCheck() { console.note(difference) }
    console.begin("evaluating")
    let result = try subject.evaluate(audit: audit) { console.advance(to: Double($0) / Double($1)) }
    console.end()
    if let predictions {
      try AtomicFile.write(
        Data(result.predictionsTable.utf8), to: predictions.url, overwriting: force)
    }
    try emit(
      result.summary, as: .evaluate,
      from: [
        ResultInput(.model, model.url, sha256: try opened.digest(of: model.url)),
        ResultInput(.images, data.url, sha256: subject.evaluator.images.digest),
      ], isJSON: common.json
    ) { _ in result.text }
    try requireBetterThanChance(
      result.predictions.accuracy, classCount: opened.classCount,
      assumptions: opened.assumptions, isQuantized: opened.isPacked, at: data.url.path)
    if case .checkpoint(let checkpoint) = opened,
      let warning = shortfall(result.predictions.accuracy, of: checkpoint)
    {
      console.note(warning)
    }
    if let minTop1, result.predictions.accuracy.top1 < minTop1 {
      complain(
        String(
          format: "top-1 %.2f %% is below --min-top1 %.2f", result.predictions.accuracy.top1,
          minTop1))
      throw ExitCode(1)
    }
  }
}
