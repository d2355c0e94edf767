import ArgumentParser
import Datasets
import Files
import Foundation
import Quantization
import Reports

/// The command that writes Shapes, the image set of mixq.
struct ShapesCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "shapes",
    abstract: "Writes Shapes, a set of small pictures in ten classes, to class folders.",
    discussion: """
      Examples:

        mixq shapes -o pictures
        mixq shapes -o few-pictures --count 100 --seed 1
      """)

  @OptionGroup(title: "Main options") var main: ShapesArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments

  func run() throws {
    try Shapes.requireEmpty(main.output.url)
    try AtomicFolder.write(to: main.output.url, overwriting: false) { staging throws(InputError) in
      try Shapes.write(count: main.count, seed: random.seed, to: staging)
    }
    let summary = Summary(
      output: main.output.url.path, images: main.count, classes: Shapes.classNames)
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

/// The options of `shapes` that most people need.
struct ShapesArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder to write; it must be absent or empty.", valueName: "folder"))
  var output: Path

  @Option(
    help: ArgumentHelp(
      "The number of pictures, 1 to 1,000,000, spread evenly over the classes.",
      valueName: "count"))
  var count = 2000

  func validate() throws { try require(count, in: 1...1_000_000, of: "--count") }
}
