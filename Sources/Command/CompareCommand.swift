import ArgumentParser
import Checkpoints
import Datasets
import Foundation
import Networks
import Pipeline
import Quantization
import Tensors

/// BRECQ alone against MixQuant followed by BRECQ, at equal bytes.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Full precision, nearest, BRECQ, and both after MixQuant, at no more bytes.")

  @Argument(help: "A checkpoint (.pth, .pt, .th, .safetensors).")
  var model: Path

  @Option(help: "Images to calibrate on; labels are not used.")
  var calibration: Path

  @Option(help: "Labelled images to score on.")
  var data: Path

  @Option(help: "A label file for a flat folder, if it is not in it or beside it.")
  var labels: Path?

  @Option(help: "Mean bits a weight over the layers that plans may change, 2 to 8.")
  var targetBits = 4.0

  @Option(help: "Score only this many images, spread evenly over all.")
  var limit: Int?

  @Option(help: "Write the table, the plans and the packed files into this folder.")
  var output: Path?

  @Flag(help: "Say what would be done, and stop.")
  var dryRun = false

  @Flag(help: "Overwrite outputs that exist.")
  var force = false

  @OptionGroup var quantization: QuantizationArguments
  @OptionGroup var weights: WeightArguments
  @OptionGroup var measure: MeasureArguments
  @OptionGroup var checkpoint: CheckpointArguments
  @OptionGroup var transform: TransformArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (2...8).contains(targetBits) else {
      throw ValidationError("--target-bits \(targetBits) is not between 2 and 8.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not positive.") }
  }

  func run() throws {
    if let output {
      try AtomicFolder.requireReplaceable(
        output.url, overwriting: force, names: Comparison.fileNames)
    }
    let console = Console(isQuiet: common.quiet)
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    let subject = try EvaluationSubject(
      model: .checkpoint(opened), url: model.url, data: data.url, labels: labels?.url,
      limit: limit, flags: transform.flags, skipBadImages: transform.skipBadImages,
      workers: common.workers)
    let recipe = quantization.recipe(method: .brecq, weights: weights, seed: common.seed)
    let pool = try ImageSet.open(calibration.url, purpose: .calibration)
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages, from: pool, seed: recipe.seed,
      transform: subject.evaluator.transform, skipBadImages: transform.skipBadImages)
    let comparison = try Comparison(
      model: opened, recipe: recipe, targetBits: targetBits, measure: measure.measure,
      images: images, evaluator: subject.evaluator, workers: common.workers)
    (subject.introduction + comparison.introduction).forEach(console.note)
    guard !dryRun else {
      print(common.json ? json(comparison.outline, isPretty: true) : comparison.planTable)
      return
    }
    if let check = try subject.selfCheck() { console.note(check) }
    let progress = ComparisonProgress(
      console: console, unitCount: opened.network.blocks.count + 1)
    let result = try comparison(progress: progress.show)
    console.end()
    if let output { try comparison.write(result, to: output.url, overwriting: force) }
    print(common.json ? json(result.summary, isPretty: true) : result.text)
  }
}

/// Shows a comparison on the console: each row as it is done.
private final class ComparisonProgress {
  private let console: Console
  private let unitCount: Int
  private var row: QuantizationProgress

  init(console: Console, unitCount: Int) {
    self.console = console
    self.unitCount = unitCount
    row = QuantizationProgress(console: console, unitCount: unitCount)
  }

  func show(_ event: ComparisonEvent) {
    switch event {
    case .began(let name):
      row = QuantizationProgress(console: console, unitCount: unitCount)
      console.begin(name)
    case .quantizing(let event): row.show(event)
    case .evaluating(let done, let total):
      console.advance(to: Double(done) / Double(total), "evaluating")
    case .finished(let row):
      console.note(
        "\(row.name): "
          + String(format: "top-1 %.2f %%, KL %.4f, %.1f s", row.top1, row.kl, row.seconds))
    }
  }
}
