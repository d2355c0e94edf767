import ArgumentParser
import Datasets
import Files
import Foundation
import Quantization
import Reports

/// The command that writes Shapes, the image set of mixq.
struct ShapesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shapes",
    abstract: "Writes Shapes, a set of small pictures in ten classes, to class folders.")

  @Option(help: "The folder to write; it must be absent or empty.")
  var output: Path

  @Option(help: "The number of pictures, spread evenly over the classes.")
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
    try emit(summary, as: .shapes, isJSON: common.json) { _ in summary.text }
  }

  /// The result of the command.
  private struct Summary: Encodable {
    let output: String
    let images: Int
    let classes: [String]

    var text: String { "\(output): \(images) pictures of \(classes.count) classes" }
  }
}
