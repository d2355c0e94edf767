import Allocation
import ArgumentParser
import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import MixQuantKit
import Networks
import Quantization
import Reconstruction
import Studies

/// The command that quantizes a checkpoint into a packed file.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "Quantizes a checkpoint into a packed file.",
    discussion: """
      Low bit-widths make files small. They do not make inference faster on a processor without \
      kernels for them.

      With --max-drop, the command searches for the smallest file that keeps its accuracy.
      """)

  @Argument(help: "A checkpoint (.pth, .pt, .th, .safetensors) or an ONNX model.")
  var model: Path

  @Option(help: "The calibration images; labels are not used.")
  var calibration: Path

  @Option(help: "The packed file to write; a report is written beside it.")
  var output: Path

  @Option(help: ArgumentHelp("The rounding method. \(RoundingMethod.choices)"))
  var method: RoundingMethod = .brecq

  @Option(
    help:
      "One width, 2 to 8, for every layer but the first and the last; 4 if no plan is given.")
  var weightBits: BitWidth?

  @Option(help: "A plan of mixq plan, with widths of weights and possibly of activations.")
  var plan: Path?

  @Option(
    help: "Plan by --allocator with this mean bits per weight over the layers it may change.")
  var targetBits: Double?

  @Flag(help: "Print the planned work and stop.")
  var dryRun = false

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  @OptionGroup var accuracy: AccuracyTargetArguments
  @OptionGroup var allocation: AllocationArguments
  @OptionGroup var quantization: QuantizationArguments
  @OptionGroup var memory: MemoryArguments
  @OptionGroup var weights: WeightArguments
  @OptionGroup var measure: MeasureArguments
  @OptionGroup var checkpoint: CheckpointArguments
  @OptionGroup var transform: TransformArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    let given = [
      weightBits != nil, plan != nil, targetBits != nil, accuracy.maxDrop != nil,
    ]
    guard given.count(where: { $0 }) <= 1 else {
      throw ValidationError("Give one of --weight-bits, --plan, --target-bits and --max-drop.")
    }
    guard !allocation.areGiven || targetBits != nil || accuracy.maxDrop != nil else {
      throw ValidationError(
        "--allocator, --candidates and --pin need --target-bits or --max-drop.")
    }
    guard plan == nil || (weights.firstBits == nil && weights.lastBits == nil) else {
      throw ValidationError("A plan has all widths: leave out --first-bits and --last-bits.")
    }
    if let targetBits, !(2...8).contains(targetBits) {
      throw ValidationError("--target-bits \(targetBits) is not between 2 and 8.")
    }
  }

  /// The file of the report.
  var reportURL: URL { output.url.appendingPathExtension("report.json") }

  /// The files that the command reads.
  var inputs: [Path?] { [model, plan, accuracy.labels] }

  func run() throws {
    if let limit = accuracy.dropLimit, let data = accuracy.data {
      try search(limit: limit, data: data.url)
    } else {
      try quantize()
    }
  }

  private func quantize() throws {
    try requireWritable(output.url, overwriting: force, inputs: inputs)
    try requireWritable(reportURL, overwriting: force, inputs: inputs)
    let console = Console(isQuiet: common.quiet)
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    var recipe = quantization.recipe(method: method, weights: weights, seed: common.seed)
    let choice = try opened.transform(flags: transform.flags)
    let pool = try ImageSet.open(calibration.url, purpose: .calibration)
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages, from: pool, seed: recipe.seed,
      transform: choice.transform, skipBadImages: transform.skipBadImages)
    let plan = try bitPlan(for: opened, recipe: recipe, images: images)
    if self.plan != nil { recipe.rules = plan.rules }
    let run = QuantizationRun(
      model: opened, recipe: recipe, plan: plan, images: images, transform: choice,
      context: common.context)
    run.introduction.forEach(console.note)
    let (caches, estimate) = try memory.limit(beside: output.url).storage(for: run.estimate())
    if let estimate { console.note(estimate.line) }
    if case .file(let folder) = caches {
      console.note("caches     in files in \(folder.path)")
    }
    guard !dryRun else {
      try emit(common.json ? json(run.outline, isPretty: true) : run.planTable)
      return
    }
    console.note(try run.selfCheck())
    let progress = QuantizationProgress(console: console, unitCount: run.unitCount)
    let state = QuantizationRun.stateURL(beside: output.url)
    let interruption = Interruption {
      FileManager.default.fileExists(atPath: state.path)
        ? "\(state.path) keeps the finished units; run the same command again to resume"
        : "no unit was finished, so nothing is kept"
    }
    let outcome = try run(
      state: state, estimate: estimate, caches: caches, progress: progress.show)
    interruption.end()
    console.end()
    try outcome.packed.encoded.write(to: output.url, overwriting: force)
    try AtomicFile.write(
      Data(json(outcome.report(command: CommandLine.arguments), isPretty: true).utf8),
      to: reportURL, overwriting: force)
    run.finish(state: state)
    try emit(
      common.json
        ? json(outcome.summary(file: output.url), isPretty: true)
        : outcome.text(file: output.url))
  }

  private func bitPlan(
    for model: CheckpointModel, recipe: QuantizationRecipe, images: CalibrationSet
  ) throws -> BitPlan {
    if let plan {
      let plan = try BitPlan(
        json: readFile(plan.url), network: model.network, at: plan.url.path)
      try requireOneWidth(ofActivationsIn: plan)
      return plan
    }
    if let targetBits {
      let allocator = allocation.allocator ?? .mixQuant
      return try planner(for: model, recipe: recipe)
        .measuring([allocator.table], on: images, context: common.context)
        .callAsFunction(allocator, budget: .averageBits(targetBits), seed: recipe.seed)
    }
    return .uniform(weightBits ?? 4, network: model.network, rules: recipe.rules)
  }

  private func requireOneWidth(ofActivationsIn plan: BitPlan) throws(InputError) {
    guard !plan.activations.isEmpty, let bitWidth = quantization.activationBits else { return }
    throw InputError(
      .usage, "cannot quantize activations", at: "--activation-bits \(bitWidth)",
      because: "the plan already has their widths", try: "leave out the flag")
  }

  /// Returns a planner with the tables that need no images.
  func planner(for model: CheckpointModel, recipe: QuantizationRecipe) throws -> Planner {
    Planner(
      model, measure: measure.measure, rules: recipe.rules,
      pinned: try recipe.rules.pinned(in: model.network, pins: allocation.pins),
      candidates: allocation.widths, quantizer: recipe.weights, method: recipe.method,
      context: common.context)
  }
}

/// Returns the bytes of a small text file; throws `missingInput` if it cannot be read.
func readFile(_ url: URL) throws(InputError) -> Data {
  // A file handle can also read a pipe.
  do { return try FileHandle(forReadingFrom: url).readToEnd() ?? Data() } catch {
    throw InputError(
      .missingInput, "cannot read the file", at: url.path, because: systemReason(error))
  }
}
