import ArgumentParser
import Checkpoints
import Datasets
import Files
import Foundation
import Graphs
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
      MixQuant's plan of no more bytes.

      With --allocators, --methods, --seeds, several --target-bits or --target-activation-bits, it \
      runs an experiment over all of these with statistics. An interrupted experiment can resume.

      Examples:

        mixq compare resnet18.safetensors --calibration calibration \\
          --data validation --target-bits 2.5 --dry-run
        mixq compare resnet18.safetensors --calibration calibration \\
          --data validation --target-bits 2.5 --allocators uniform,mixquant \\
          --methods nearest,gptq -o experiment
      """)

  @Argument(
    help: "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face)."
  )
  var model: Path

  @OptionGroup(title: "Main options") var main: CompareArguments
  @OptionGroup(title: "Experiment") var experiment: ExperimentArguments
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

  /// True if the flags ask for one table of two plans instead of an experiment.
  private var isPlain: Bool {
    !experiment.areGiven && !activations.areGiven && main.targetBits.values.count == 1
  }

  func run() throws {
    let design = experiment.design(
      targetBits: main.targetBits.values,
      recipe: quantization.recipe(method: .brecq, weights: weights, seed: random.seed),
      measure: measure.measure, activations: activations.design)
    let isFirst = RankedRun.isFirst
    if let output = main.output, isPlain, isFirst {
      try AtomicFolder.requireReplaceable(
        output.url, overwriting: try main.force || PlainComparison.wrote(output.url),
        names: PlainComparison.fileNames(of: design))
    }
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    let subject = try EvaluationSubject(
      model: .checkpoint(opened), url: model.url, data: main.data.url,
      labels: classes.labels?.url, classMap: classes.classMap?.url, limit: main.limit,
      flags: transform.flags, skipBadImages: transform.skipBadImages, context: common.context)
    let experiment = try Experiment(
      model: opened, design: design,
      pool: ImageSet.open(
        main.calibration.url, purpose: .calibration, skipBadImages: transform.skipBadImages),
      evaluator: subject.evaluator, memory: memory.limit(beside: main.output?.url),
      allowsOverlap: overlap.allowOverlap, context: common.context)
    let console = Console(isQuiet: common.quiet)
    subject.introduction.forEach(console.note)
    experiment.calibration.first?.warnings(context: common.context).forEach(console.note)
    if isPlain {
      try run(PlainComparison(experiment), subject, console)
    } else {
      try run(experiment, subject, console)
    }
  }

  private func run(
    _ comparison: PlainComparison, _ subject: EvaluationSubject, _ console: Console
  ) throws {
    comparison.introduction.forEach(console.note)
    guard !main.dryRun else {
      try emit(
        comparison.outline, as: .comparisonOutline, from: try inputs(of: subject),
        isJSON: common.json
      ) { comparison.planTable(width: $0) }
      return
    }
    if let check = try subject.selfCheck() { console.note(check) }
    let progress = ExperimentProgress(
      console: console, unitCount: comparison.experiment.model.network.reconstructedUnitCount,
      isBrief: false, name: PlainComparison.name)
    let state = main.output.map { PlainComparison.stateURL(beside: $0.url) }
    let isFirst = RankedRun.isFirst
    if let state, isFirst {
      try comparison.experiment.requireWritable(state, overwriting: main.force)
    }
    let store = try ResultStore(folder: state, ranks: RankedRun.ranks)
    let lock = isFirst ? try state.map(FolderLock.init) : nil
    // Nothing is kept in it if the comparison is refused.
    defer { withExtendedLifetime(lock) { if isFirst { _ = state.map { rmdir($0.path) } } } }
    if let state { Interruption.report { Self.interrupted(state) } }
    let outcome = try comparison(store: store, progress: progress.show)
    console.end()
    if let output = main.output, let state, isFirst {
      try comparison.write(
        outcome, to: output.url, overwriting: try main.force || PlainComparison.wrote(output.url),
        store: ResultStore(folder: state), command: commandLine, isTimed: main.times)
      try? FileManager.default.removeItem(at: state)
      Interruption.report { "\(output.url.path) is complete" }
    }
    try emit(
      outcome.table, as: .comparison, from: try inputs(of: subject), isJSON: common.json
    ) { outcome.table.text(width: $0) }
  }

  private func run(
    _ experiment: Experiment, _ subject: EvaluationSubject, _ console: Console
  ) throws {
    experiment.introduction.forEach(console.note)
    guard !main.dryRun else {
      let outline = try ExperimentOutline(experiment)
      try emit(
        outline, as: .experimentOutline, from: try inputs(of: subject), isJSON: common.json
      ) { outline.text(width: $0) }
      return
    }
    let output = main.output
    let isFirst = RankedRun.isFirst
    if let output, isFirst { try experiment.requireWritable(output.url, overwriting: main.force) }
    if let check = try subject.selfCheck() { console.note(check) }
    let store = try ResultStore(folder: output?.url, ranks: RankedRun.ranks)
    let lock = isFirst ? try output.map { try FolderLock($0.url) } : nil
    defer { withExtendedLifetime(lock) {} }
    if let output { Interruption.report(resultsIn: output.url) }
    let progress = ExperimentProgress(
      console: console, unitCount: experiment.model.network.reconstructedUnitCount)
    let result = try experiment(store: store, progress: progress.show)
    console.end()
    let outcome = try ExperimentOutcome([result])
    if let output, isFirst {
      try experiment.write(
        result, outcome, to: output.url, command: commandLine, isTimed: main.times)
    }
    try emit(outcome, as: .experiment, from: try inputs(of: subject), isJSON: common.json) {
      outcome.text(width: $0)
    }
  }

  private func inputs(of subject: EvaluationSubject) throws -> [ResultInput] {
    [
      ResultInput(.model, model.url, sha256: try subject.model.digest(of: model.url)),
      ResultInput(.images, main.data.url, sha256: subject.evaluator.images.digest),
    ]
  }

  /// Returns the line to print if a plain comparison is interrupted; removes a folder without results.
  private static func interrupted(_ state: URL) -> String {
    guard ResultStore.hasResults(in: state) else {
      try? FileManager.default.removeItem(at: state)
      return "no unit was finished, so nothing is kept; run the same command again"
    }
    return "\(state.path) keeps the finished units and rows; run the same command again to resume"
  }
}
