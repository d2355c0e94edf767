import ArgumentParser
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that scores a checkpoint or a packed file on labelled images.
struct EvaluateCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures top-1 and top-5 of a checkpoint or a packed file.",
    discussion: """
      Examples:

        mixq evaluate resnet18.safetensors --data validation
        mixq evaluate small.mixq --data validation --calibration calibration
        mixq evaluate small.mixq --data validation --limit 100 --min-top1 50
      """)

  @Argument(
    help:
      "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face) or a packed file."
  )
  var model: Path

  @OptionGroup(title: "Main options") var main: EvaluateArguments
  @OptionGroup(title: "Main options") var scoring: ScoringArguments
  @OptionGroup(title: "Images") var classes: LabelArguments
  @OptionGroup(title: "Images") var overlap: OverlapArguments
  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    // A run that was killed before it removed its state may write over its predictions.
    let overwriting =
      main.force || scoring.predictions.map { EvaluationStateFile.wrote($0.url) } == true
    if let predictions = scoring.predictions {
      try requireWritable(
        predictions.url, overwriting: overwriting,
        inputs: [model, classes.labels, classes.classMap])
    }
    let console = Console(isQuiet: common.quiet)
    let opened = try console.during("opening the model") {
      try Model(contentsOf: model.url, options: checkpoint.options)
    }
    let subject = try EvaluationSubject(
      model: opened, url: model.url, data: main.data.url, labels: classes.labels?.url,
      classMap: classes.classMap?.url, limit: scoring.limit, flags: transform.flags,
      skipBadImages: transform.skipBadImages, engine: main.engine,
      context: common.context)
    subject.introduction.forEach(console.note)
    let audit = try subject.audit(calibration: main.calibration?.url)
    audit.lines.forEach(console.note)
    if !overlap.allowOverlap { try audit.requireNoOverlap() }
    if let difference = try subject.selfCheck() { console.note(difference) }
    let file = try scoring.predictions.flatMap { try outputFile($0.url, overwriting: overwriting) }
    let state = file == nil ? nil : scoring.predictions.map { subject.state(beside: $0.url) }
    report(state)
    console.begin("evaluating")
    let result = try subject.evaluate(audit: audit, state: state) {
      console.advance(to: Double($0) / Double($1))
    }
    console.end()
    if result.earlier > 0 {
      console.note("resumed    \(result.earlier) images were scored by an earlier run")
    }
    if let file, let state {
      let table = Data(result.predictionsTable.utf8)
      try state.append(outputOf: table)
      try file.write(table)
      state.remove()
    }
    try emit(
      result.summary, as: .evaluate,
      from: [
        ResultInput(.model, model.url, sha256: try opened.digest(of: model.url)),
        ResultInput(.images, main.data.url, sha256: subject.evaluator.images.digest),
      ], isJSON: common.json
    ) { _ in result.text }
    try requireBetterThanChance(
      result.accuracy, classCount: opened.classCount,
      assumptions: opened.assumptions, isQuantized: opened.isPacked, at: main.data.url.path)
    if case .checkpoint(let checkpoint) = opened,
      let warning = shortfall(result.accuracy, of: checkpoint)
    {
      console.note(warning)
    }
    if let minTop1 = main.minTop1, result.accuracy.top1 < minTop1 {
      throw InputError(
        .belowMinimum, "the model is not accurate enough", at: main.data.url.relativePath,
        because: String(
          format: "top-1 %.2f %% is below --min-top1 %.2f", result.accuracy.top1,
          minTop1),
        try: "use more bits or a better method, or lower --min-top1")
    }
  }

  /// Sets the line that an interruption prints.
  private func report(_ state: EvaluationStateFile?) {
    guard let place = state?.url.path else {
      return Interruption.report {
        "nothing is kept; with --predictions FILE, the same command could resume"
      }
    }
    Interruption.report {
      FileManager.default.fileExists(atPath: place)
        ? "\(place) keeps the answers so far; run the same command again to resume"
        : "no image was scored, so nothing is kept; run the same command again"
    }
  }
}
