import ArgumentParser
import Checkpoints
import Datasets
import Foundation
import Networks
import Pipeline
import Quantization
import Reconstruction
import Tensors

/// Quantizes a checkpoint into a packed file.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "Quantizes a checkpoint into a packed file.",
    discussion: """
      Low bit-widths make files small; on a processor without kernels for them they do not make \
      inference faster.
      """)

  @Argument(help: "A checkpoint (.pth, .pt, .th, .safetensors).")
  var model: Path

  @Option(help: "Images to calibrate on; labels are not used.")
  var calibration: Path

  @Option(help: "The packed file to write; a report is written beside it.")
  var output: Path

  @Option(help: "nearest, or brecq for block reconstruction.")
  var method: QuantizationMethod = .brecq

  @Option(help: "The same width for every layer but stem and head; 4 if nothing else is asked.")
  var weightBits: BitWidth?

  @Option(help: "A plan written by mixq plan.")
  var plan: Path?

  @Option(help: "MixQuant's plan at this average over the layers it may change.")
  var targetBits: Double?

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
    guard [weightBits != nil, plan != nil, targetBits != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("Give one of --weight-bits, --plan and --target-bits.")
    }
    if let targetBits, !(2...8).contains(targetBits) {
      throw ValidationError("--target-bits \(targetBits) is not between 2 and 8.")
    }
  }

  private var reportURL: URL { output.url.appendingPathExtension("report.json") }

  func run() throws {
    try requireWritable(output.url, overwriting: force)
    try requireWritable(reportURL, overwriting: force)
    let console = Console(isQuiet: common.quiet)
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    var recipe = quantization.recipe(method: method, weights: weights, seed: common.seed)
    let choice = try TransformChoice.resolve(
      flags: transform.flags, modelURL: model.url, hasSmallStem: opened.report.hasSmallStem)
    let pool = try ImageSet.open(calibration.url, purpose: .calibration)
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages, from: pool, seed: recipe.seed,
      transform: choice.transform, skipBadImages: transform.skipBadImages)
    let plan = try bitPlan(for: opened, recipe: recipe)
    if self.plan != nil { recipe.rules = plan.rules }
    let run = QuantizationRun(
      model: opened, recipe: recipe, plan: plan, images: images, transform: choice,
      workers: common.workers)
    run.introduction.forEach(console.note)
    guard !dryRun else {
      print(common.json ? json(run.outline, isPretty: true) : run.planTable)
      return
    }
    console.note(try run.selfCheck())
    let progress = QuantizationProgress(console: console, unitCount: run.unitCount)
    let outcome = try run(progress: progress.show)
    console.end()
    try outcome.packed.encoded.write(to: output.url, overwriting: force)
    try AtomicFile.write(
      Data(json(outcome.report(command: CommandLine.arguments), isPretty: true).utf8),
      to: reportURL, overwriting: force)
    print(
      common.json
        ? json(outcome.summary(file: output.url), isPretty: true)
        : outcome.text(file: output.url))
  }

  private func bitPlan(
    for model: CheckpointModel, recipe: QuantizationRecipe
  ) throws -> BitWidthAssignment {
    if let plan {
      return try BitWidthAssignment(
        json: readFile(plan.url), network: model.network, at: plan.url.path)
    }
    if let targetBits {
      let planner = Planner(
        model, measure: measure.measure, rules: recipe.rules, quantizer: recipe.weights,
        workers: common.workers)
      return try planner(.budget(.averageBits(targetBits))).plan
    }
    return .uniform(weightBits ?? 4, network: model.network, rules: recipe.rules)
  }
}

/// The bytes of a small text file; throws `missingInput`.
func readFile(_ url: URL) throws(InputError) -> Data {
  do { return try Data(contentsOf: url) } catch {
    throw InputError(
      .missingInput, "cannot read", at: url.path, because: error.localizedDescription)
  }
}
