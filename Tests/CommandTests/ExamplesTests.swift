import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Examples in help")
struct ExamplesTests {
  /// The commands, in an order in which each finds the files that earlier ones wrote.
  static let commands = [
    [], ["inspect"], ["plan"], ["quantize"], ["evaluate"], ["classify"], ["verify"], ["export"],
    ["view"],
    ["compare"], ["verdict"], ["bench", "inference"], ["bench", "images"], ["bench", "brecq"],
    ["doctor"], ["shapes"],
  ]

  /// Returns the command lines in a help text; a backslash joins a line with the next one.
  static func examples(in help: String) -> [String] {
    let overview = help.components(separatedBy: "USAGE:")[0]
    let joined = overview.replacing(#/ \\\n +/#, with: " ")
    return joined.matches(of: /\n  (mixq .*)/).map { String($0.1) }
  }

  @Test("Every command has two or three examples, which work as they stand")
  func run() throws {
    try withWorkplace { workplace in
      // The names that the examples use.
      let files = FileManager.default
      for ending in ["safetensors", "json"] {
        try files.copyItem(
          at: workplace.folder.appending(path: "shapes.\(ending)"),
          to: workplace.folder.appending(path: "resnet18.\(ending)"))
      }
      for name in ["calibration", "evaluation"] { try workplace.remove(name) }
      try Shapes.write(
        count: 1030, seed: 1, to: workplace.folder.appending(path: "calibration"))
      try Shapes.write(count: 60, seed: 2, to: workplace.folder.appending(path: "validation"))
      // The examples of one command use a packed file of another.
      let order = Self.commands.sorted { !$0.contains("inspect") && $1.contains("inspect") }
      for command in order {
        let help = try workplace.mixq(command + ["--help"])
        let examples = Self.examples(in: help.output)
        #expect((2...3).contains(examples.count), "\(command): \(examples)")
        for example in examples {
          let result = try workplace.shell(example)
          #expect(result.code == 0, "\(example): \(result.errors)")
        }
      }
    }
  }
}
