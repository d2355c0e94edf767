import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Reports
import Studies

/// The command that shows a packed file as a page.
struct ViewCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "view",
    abstract: "Writes a page about a packed file: layers, bytes, work and origin.",
    discussion: """
      The page is one HTML file that needs nothing else. With --data it also shows the accuracy of \
      each class and the most frequent mistakes.

      Examples:

        mixq view small.mixq
        mixq view small.mixq -o page.html --data validation
        mixq view small.mixq -o timed.html --times
      """)

  @Argument(help: "A packed file.")
  var model: Path

  @OptionGroup(title: "Main options") var main: ViewArguments
  @OptionGroup(title: "Images") var classes: LabelArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func validate() throws {
    guard main.data == nil else { return }
    let given = [
      ("--limit", main.limit != nil), ("--labels", classes.labels != nil),
      ("--class-map", classes.classMap != nil),
    ]
    if let unused = given.first(where: \.1) {
      throw InputError.unused(unused.0, "no images are scored", try: "give --data too")
    }
  }

  func run() throws {
    let page =
      main.output?.url ?? model.url.deletingPathExtension().appendingPathExtension("html")
    try requireWritable(
      page, overwriting: main.force, inputs: [model, classes.labels, classes.classMap])
    guard case .packed(let packed) = try Model(contentsOf: model.url) else {
      throw InputError(
        .unsuitableChoice, "cannot show the model", at: model.url.relativePath,
        because: "it is a checkpoint, not a packed file",
        try: "quantize it first, or use mixq inspect")
    }
    let console = Console(isQuiet: common.quiet)
    let scores = try scores(packed, console)
    let report = try PackedFileReport(packed, at: model.url, context: common.context)(
      scores: scores, command: commandLine, isTimed: main.times)
    try AtomicFile.write(
      Data(HTMLPage(report).source.utf8), to: page, overwriting: main.force)
    let view = PackedFileView(
      packed, report, accuracy: scores?.result.accuracy, page: page)
    try emit(view, as: .view, from: try inputs(scores?.subject), isJSON: common.json) { _ in
      (report.verdict + ["wrote      \(page.relativePath)"]).joined(separator: "\n")
    }
  }

  private func inputs(_ scored: EvaluationSubject?) throws -> [ResultInput] {
    let file = ResultInput(.model, model.url, sha256: try SHA256.hexDigest(ofFile: model.url))
    guard let scored, let data = main.data else { return [file] }
    return [file, ResultInput(.images, data.url, sha256: scored.evaluator.images.digest)]
  }

  /// Scores the file on `data`, if it is given.
  private func scores(
    _ packed: PackedModel, _ console: Console
  ) throws -> (subject: EvaluationSubject, result: EvaluationResult)? {
    guard let data = main.data else { return nil }
    let subject = try EvaluationSubject(
      model: .packed(packed), url: model.url, data: data.url, labels: classes.labels?.url,
      classMap: classes.classMap?.url, limit: main.limit, flags: TransformFlags(),
      skipBadImages: false, context: common.context)
    subject.introduction.forEach(console.note)
    console.begin("evaluating")
    let result = try subject.evaluate { console.advance(to: Double($0) / Double($1)) }
    console.end()
    return (subject, result)
  }
}

/// The options of `view` that most people need.
struct ViewArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The page to write; by default beside the packed file, with the ending .html.",
      valueName: "file"))
  var output: Path?

  @Option(
    help: ArgumentHelp("Labelled images on which to score the file.", valueName: "folder"))
  var data: Path?

  @Option(
    help: ArgumentHelp(
      "Score only this many images, spread evenly over all.", valueName: "count"))
  var limit: Int?

  @Flag(help: "Also time the layers in the engine; the page then differs from run to run.")
  var times = false

  @Flag(help: "Overwrite an existing page.")
  var force = false

  func validate() throws { try require(limit, in: 1..., of: "--limit") }
}
