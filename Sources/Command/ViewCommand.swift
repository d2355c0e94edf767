import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Reports
import Studies

/// The command that shows a packed file as a page.
struct ViewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "view",
    abstract: "Writes a page about a packed file: layers, bits, bytes, time and provenance.",
    discussion: """
      The page is one HTML file that needs nothing else. With --data it also shows the accuracy of \
      each class and the most frequent mistakes.
      """)

  @Argument(help: "A packed file.")
  var model: Path

  @Option(
    name: .shortAndLong,
    help: "Write the page to this file; by default beside the packed file, with the ending .html.")
  var output: Path?

  @Option(help: "Labelled images for scoring.")
  var data: Path?

  @Option(help: "Score only this many images, spread evenly over all.")
  var limit: Int?

  @Flag(help: "Overwrite an existing page.")
  var force = false

  @OptionGroup var classes: LabelArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not positive.") }
    guard data != nil || (limit == nil && classes.labels == nil && classes.classMap == nil) else {
      throw ValidationError("--limit, --labels and --class-map need --data.")
    }
  }

  func run() throws {
    let page =
      output?.url ?? model.url.deletingPathExtension().appendingPathExtension("html")
    try requireWritable(
      page, overwriting: force, inputs: [model, classes.labels, classes.classMap])
    guard case .packed(let packed) = try Model(contentsOf: model.url) else {
      throw InputError(
        .usage, "cannot show the model", at: model.url.path,
        because: "it is a checkpoint, not a packed file",
        try: "quantize it first, or use `mixq inspect`")
    }
    let console = Console(isQuiet: common.quiet)
    let report = try PackedFileReport(packed, at: model.url, context: common.context)(
      scores: try scores(packed, console), command: CommandLine.arguments)
    try AtomicFile.write(
      Data(HTMLPage(report).source.utf8), to: page, overwriting: force)
    try emit(
      common.json
        ? report.json.trimmingCharacters(in: .newlines)
        : (report.verdict + ["wrote      \(page.relativePath)"]).joined(separator: "\n"))
  }

  /// Scores the file on `data`, if it is given.
  private func scores(
    _ packed: PackedModel, _ console: Console
  ) throws -> (subject: EvaluationSubject, result: EvaluationResult)? {
    guard let data else { return nil }
    let subject = try EvaluationSubject(
      model: .packed(packed), url: model.url, data: data.url, labels: classes.labels?.url,
      classMap: classes.classMap?.url, limit: limit, flags: TransformFlags(),
      skipBadImages: false, context: common.context)
    subject.introduction.forEach(console.note)
    console.begin("evaluating")
    let result = try subject.evaluate { console.advance(to: Double($0) / Double($1)) }
    console.end()
    return (subject, result)
  }
}
