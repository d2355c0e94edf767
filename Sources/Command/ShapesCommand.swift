import ArgumentParser
import Datasets
import Files
import Foundation
import Quantization
import Reports

/// Writes Shapes, the toolkit's own image set.
struct ShapesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shapes",
    abstract: "Renders Shapes, a ten-class set of small pictures, into class folders.")

  @Option(help: "The folder to write; it must be absent or empty.")
  var output: Path

  @Option(help: "How many pictures; classes take turns.")
  var count = 2000

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...1_000_000).contains(count) else {
      throw ValidationError("--count \(count) is not between 1 and 1000000.")
    }
  }

  func run() throws {
    try Shapes.requireEmpty(output.url)
    try AtomicFolder.write(to: output.url, overwriting: false) { staging throws(InputError) in
      try Shapes.write(count: count, seed: common.seed, to: staging)
    }
    let summary = Summary(output: output.url.path, images: count, classes: Shapes.classNames)
    try emit(common.json ? json(summary, isPretty: true) : summary.text)
  }

  /// The files that were written.
  private struct Summary: Encodable {
    let output: String
    let images: Int
    let classes: [String]

    var text: String { "\(output): \(images) pictures of \(classes.count) classes" }
  }
}
