import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Reconstruction
import Reports
import Studies

/// The command that compares plans and methods at equal bytes.
struct CompareCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares plans and rounding methods with full precision at equal bytes.",
    discussion: """
      By default it compares rounding to nearest and BRECQ, each with a two-width plan and with \
      MixQuant's plan of no more bytes. --allocators, --methods, --seeds and --target-bits add more.

      --output keeps each result when it is there. The same command resumes an interrupted \
      comparison, and one with more budgets, methods or seeds adds to it.

      Examples:

        mixq compare resnet18.safetensors --calibration calibration \\
          --data validation --target-bits 2.5 --dry-run
        mixq compare resnet18.safetensors --calibration calibration \\
          --data validation --target-bits 2.5 --allocators uniform,mixquant \\
          --methods nearest,gptq -o comparison
      """)

  @Argument(
    help: "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face)."
  )
  var model: Path

  @OptionGroup(title: "Main options") var main: CompareArguments
  @OptionGroup(title: "Contestants") var experiment: ExperimentArguments
  @OptionGroup(title: "Activations and learning") var quantization: QuantizationArguments
  @OptionGroup(title: "Activations and learning") var activations: ActivationPlanArguments
  @OptionGroup(title: "Plan") var measure: MeasureArguments
  @OptionGroup(title: "Grids of weights") var weights: WeightArguments
  @OptionGroup(title: "Images") var classes: LabelArguments
  @OptionGroup(title: "Images") var overlap: OverlapArguments
  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments
  @OptionGroup(title: CommonOptions.title) var memory: MemoryArguments

  func validate() throws {
    guard !activations.areGiven || activations.targetActivationBits != nil else {
      throw InputError.missing("--target-activation-bits", "activations need a budget")
    }
    try experiment.requireUsed()
    try quantization.requireUsed(
      by: experiment.methods?.values ?? [.nearest, .brecq],
      hasActivations: quantization.activationBits != nil || activations.areGiven)
    try activations.requireAlone(activationBits: quantization.activationBits)
  }

  func run() throws {
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    let subject = try EvaluationSubject(
      model: .checkpoint(opened), url: model.url, data: main.data.url,
      labels: classes.labels?.url, classMap: classes.classMap?.url, limit: main.limit,
      flags: transform.flags, skipBadImages: transform.skipBadImages, context: common.context)
    let experiment = try Experiment(
      model: opened,
      design: experiment.design(
        targetBits: main.targetBits.values,
        recipe: quantization.recipe(method: .brecq, weights: weights, seed: random.seed),
        measure: measure.measure, activations: activations.design),
      pool: ImageSet.open(
        main.calibration.url, purpose: .calibration, skipBadImages: transform.skipBadImages),
      evaluator: subject.evaluator, memory: memory.limit(beside: main.output?.url),
      allowsOverlap: overlap.allowOverlap, context: common.context)
    let console = Console(isQuiet: common.quiet)
    subject.introduction.forEach(console.note)
    experiment.calibration.first?.warnings(context: common.context).forEach(console.note)
    experiment.introduction.forEach(console.note)
    guard !main.dryRun else {
      let outline = try ExperimentOutline(experiment)
      try emit(
        outline, as: .compareOutline, from: try inputs(of: subject), isJSON: common.json
      ) { outline.text(width: $0) }
      return
    }
    try run(experiment, subject, console)
  }

  private func run(
    _ experiment: Experiment, _ subject: EvaluationSubject, _ console: Console
  ) throws {
    let (output, isFirst) = (main.output?.url, RankedRun.isFirst)
    if let output, isFirst { try experiment.requireWritable(output, overwriting: main.force) }
    if let check = try subject.selfCheck() { console.note(check) }
    let store = try ResultStore(folder: output, ranks: RankedRun.ranks)
    let lock = isFirst ? try output.map(FolderLock.init) : nil
    // A comparison that is refused leaves no empty folder.
    defer { withExtendedLifetime(lock) { if isFirst { _ = output.map { rmdir($0.path) } } } }
    if let output { Interruption.report { Self.interrupted(output) } }
    let progress = StudyProgress(console: console, unitCount: experiment.model.unitCount)
    let result = try experiment(store: store, progress: progress.show)
    console.end()
    let outcome = try ExperimentOutcome([result])
    if let output, isFirst {
      try experiment.write(
        result, outcome, to: output, command: commandLine, isTimed: main.times)
    }
    try emit(outcome, as: .compare, from: try inputs(of: subject), isJSON: common.json) {
      outcome.text(width: $0)
    }
  }

  private func inputs(of subject: EvaluationSubject) throws -> [ResultInput] {
    [
      ResultInput(.model, model.url, sha256: try subject.model.digest(of: model.url)),
      ResultInput(.images, main.data.url, sha256: subject.evaluator.images.digest),
    ]
  }

  /// Returns the line to print if the comparison is interrupted.
  private static func interrupted(_ folder: URL) -> String {
    ResultStore.hasResults(in: folder)
      ? "\(folder.path) keeps the finished results; run the same command again to resume"
      : "no unit was finished, so nothing is kept; run the same command again"
  }
}
