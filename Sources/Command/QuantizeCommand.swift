import Allocation
import ArgumentParser
import Datasets
import Execution
import Files
import Foundation
import MixQuantKit
import Quantization
import Reconstruction
import Studies

/// The command that quantizes a checkpoint into a packed file.
struct QuantizeCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "Quantizes a checkpoint into a packed file.",
    discussion: """
      Low bit-widths of weights make files small. Quantized activations make inference fast, \
      because integer kernels then compute the network. --for sets the options for a purpose: the \
      smallest file, the fastest one, or the best accuracy.

      With --max-drop, the command searches for the smallest file that keeps its accuracy.

      Examples:

        mixq quantize resnet18.safetensors --calibration calibration \\
          --method gptq --weight-bits 4 -o small.mixq
        mixq quantize resnet18.safetensors --calibration calibration \\
          --for speed -o fast.mixq
        mixq quantize resnet18.safetensors --calibration calibration \\
          --method nearest --max-drop 2 --data validation -o smallest.mixq
      """)

  @Argument(
    help: "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face)."
  )
  var model: Path

  @OptionGroup(title: "Main options") var main: QuantizeArguments
  @OptionGroup(title: "Activations and learning") var quantization: QuantizationArguments
  @OptionGroup(title: "Accuracy") var accuracy: AccuracyTargetArguments
  @OptionGroup(title: "Plan") var allocation: AllocationArguments
  @OptionGroup(title: "Plan") var measure: MeasureArguments
  @OptionGroup(title: "Grids of weights") var weights: WeightArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments
  @OptionGroup(title: CommonOptions.title) var memory: MemoryArguments

  mutating func validate() throws {
    if let purpose = main.purpose { try serve(purpose) }
    try accuracy.requireComplete()
    let given: [(String, Bool)] = [
      ("--weight-bits", main.weightBits != nil), ("--plan", main.plan != nil),
      ("--target-bits", main.targetBits != nil), ("--max-drop", accuracy.maxDrop != nil),
    ]
    let sources = given.filter(\.1).map(\.0)
    guard sources.count <= 1 else {
      throw InputError.conflict(sources.listed("and"), "each of them decides the widths")
    }
    guard !allocation.areGiven || main.targetBits != nil || accuracy.maxDrop != nil else {
      throw InputError.missing(
        "--target-bits", "--allocator, --candidates and --pin are about a plan",
        try: "give --target-bits or --max-drop")
    }
    guard main.plan == nil || (weights.firstBits == nil && weights.lastBits == nil) else {
      throw InputError.conflict(
        "--plan, --first-bits and --last-bits", "a plan has all widths",
        try: "leave out --first-bits and --last-bits, or edit the plan")
    }
    try quantization.requireUsed(
      by: [roundingMethod],
      hasActivations: quantization.activationBits != nil || main.plan != nil)
  }

  /// The packed file.
  var output: Path { main.output }

  /// The file of the report.
  var reportURL: URL { output.url.appendingPathExtension("report.json") }

  /// The files that the command reads.
  var inputs: [Path?] {
    [model, main.plan, accuracy.classes.labels, accuracy.classes.classMap]
  }

  private var roundingMethod: RoundingMethod { main.method ?? .brecq }

  /// The recipe of all flags.
  var recipe: QuantizationRecipe {
    quantization.recipe(method: roundingMethod, weights: weights, seed: random.seed)
  }

  func run() throws {
    if let limit = accuracy.dropLimit, let data = accuracy.data {
      try search(limit: limit, data: data.url)
    } else {
      try quantize()
    }
  }

  private func quantize() throws {
    // A run that was killed between its two files may write over them.
    let overwriting = main.force || QuantizationRun.wrote(output.url)
    try requireWritable(output.url, overwriting: overwriting, inputs: inputs)
    try requireWritable(reportURL, overwriting: overwriting, inputs: inputs)
    let console = Console(isQuiet: common.quiet)
    let opened = try console.during("opening the model") {
      try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    }
    var recipe = recipe
    let choice = try opened.transform(flags: transform.flags)
    let pool = try console.during("listing images") {
      try ImageSet.open(
        main.calibration.url, purpose: .calibration, skipBadImages: transform.skipBadImages)
    }
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages, from: pool, seed: recipe.seed,
      transform: choice.transform, skipBadImages: transform.skipBadImages)
    let plan = try console.during("planning") {
      try bitPlan(for: opened, recipe: recipe, images: images)
    }
    if main.plan != nil { recipe.rules = plan.rules }
    let run = QuantizationRun(
      model: opened, recipe: recipe, plan: plan, images: images, transform: choice,
      context: common.context)
    (run.introduction + purposeLines).forEach(console.note)
    let subject = try evaluationSubject(of: opened, calibration: images)
    images.warnings(context: common.context).forEach(console.note)
    let (caches, estimate) = try memory.limit(beside: output.url).storage(
      for: console.during("probing") { try run.estimate() })
    if let estimate { console.note(estimate.line) }
    if case .file(let folder) = caches {
      console.note("caches     in files in \(folder.path)")
    }
    guard !main.dryRun else {
      try emit(
        run.outline, as: .quantizeOutline, from: inputs(opened, images), isJSON: common.json
      ) { run.planTable(width: $0) }
      return
    }
    console.note(try run.selfCheck())
    let packedFile = try outputFile(output.url, overwriting: overwriting)
    let reportFile = try outputFile(reportURL, overwriting: overwriting)
    let progress = QuantizationProgress(
      console: console, unitCount: run.unitCount, estimate: estimate)
    let state = QuantizationRun.stateURL(beside: output.url)
    Interruption.report {
      FileManager.default.fileExists(atPath: state.path)
        ? "\(state.path) keeps the finished units; run the same command again to resume"
        : "no unit was finished, so nothing is kept; run the same command again"
    }
    let outcome = try run(
      state: state, estimate: estimate, caches: caches, progress: progress.show)
    console.end()
    outcome.warnings.forEach { console.note("warning    \($0)") }
    // The other ranks wait for the file, because they read it too.
    _ = try RankedRun.ranks.fromFirst {
      guard let packedFile, let reportFile else { return Data() }
      let report = json(
        outcome.report(command: CommandLine.arguments, purpose: statedPurpose), isPretty: true,
        keys: .convertToSnakeCase)
      try run.finish(
        outcome, packed: packedFile, report: (reportFile, Data(report.utf8)))
      return Data()
    }
    Interruption.report { [output] in "\(output.url.path) is complete" }
    let result = try QuantizedFile(
      outcome, from: opened.url, at: output.url, report: reportURL,
      accuracy: try subject.map { try score($0, console) }, next: nextCommand)
    try emit(result, as: .quantize, from: inputs(opened, images), isJSON: common.json) { _ in
      result.text
    }
  }

  /// The model and the calibration images, with their hashes.
  func inputs(_ opened: CheckpointModel, _ images: CalibrationSet) -> [ResultInput] {
    [
      ResultInput(.model, model.url, sha256: opened.digest),
      ResultInput(.calibration, main.calibration.url, sha256: images.digest),
    ]
  }

  private func bitPlan(
    for model: CheckpointModel, recipe: QuantizationRecipe, images: CalibrationSet
  ) throws -> BitPlan {
    if let plan = main.plan {
      let plan = try BitPlan(
        json: RecipeFile.plan(in: plan.url), network: model.network, at: plan.url.path)
      try requireOneWidth(ofActivationsIn: plan, recipe)
      return plan
    }
    if let targetBits = main.targetBits {
      let allocator = allocation.allocator ?? .mixQuant
      return try planner(for: model, recipe: recipe)
        .measuring([allocator.table], on: images, context: common.context)
        .callAsFunction(allocator, budget: .averageBits(targetBits), seed: recipe.seed)
    }
    return .uniform(
      main.weightBits ?? 4, network: model.network, rules: recipe.rules)
  }

  private func requireOneWidth(
    ofActivationsIn plan: BitPlan, _ recipe: QuantizationRecipe
  ) throws(InputError) {
    guard !plan.activations.isEmpty, let bitWidth = recipe.activationBits else { return }
    throw InputError(
      .conflictingOptions, "cannot quantize activations",
      at: main.purpose == .speed ? "--for speed" : "--activation-bits \(bitWidth)",
      because: "the plan already has their widths", try: "leave out the option")
  }

  /// Returns a planner with the tables that need no images.
  func planner(for model: CheckpointModel, recipe: QuantizationRecipe) throws -> Planner {
    Planner(
      model, measure: measure.measure, rules: recipe.rules,
      pinned: try recipe.rules.pinnedInPlan(of: model.network, pins: allocation.pins),
      candidates: allocation.widths, quantizer: recipe.weights, method: recipe.method,
      context: common.context)
  }
}
