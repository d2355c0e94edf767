import ArgumentParser
import Datasets
import Foundation
import Tensors

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
    try Shapes.write(count: count, seed: common.seed, to: output.url)
    if !common.quiet {
      print("\(output.url.path): \(count) pictures of \(Shapes.classNames.count) classes")
    }
  }
}
