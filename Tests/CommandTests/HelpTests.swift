import Foundation
import Testing

@Suite("Help")
struct HelpTests {
  static let commands = ExamplesTests.commands.filter { !$0.isEmpty }

  /// Gives `body` a place to ask for help, which needs no files.
  private func inFolder(_ body: (Workplace) throws -> Void) throws {
    try body(Workplace(folder: FileManager.default.temporaryDirectory))
  }

  @Test("The most common options come first, in titled groups", arguments: commands)
  func groups(command: [String]) throws {
    try inFolder { workplace in
      let help = try workplace.mixq(command + ["--help"]).output
      let titles = help.matches(of: /\n([A-Z][A-Z ]+):\n/).map { String($0.1) }
      #expect(titles.last == "OPTIONS" && titles.contains("GENERAL OPTIONS"))
      let first = titles.first { $0 != "ARGUMENTS" }
      #expect(["MAIN OPTIONS", "IMAGES", "GENERAL OPTIONS"].contains(first), "\(titles)")
    }
  }

  @Test("Lines fit into 80 columns", arguments: commands)
  func width(command: [String]) throws {
    try inFolder { workplace in
      let help = try workplace.mixq(
        command + ["--help-hidden"], environment: ["COLUMNS": "80"]
      ).output
      // ArgumentParser leaves the synopsis on one line.
      for line in help.split(separator: "\n") where !line.hasPrefix("USAGE:") {
        #expect(line.count <= 80, "\(line)")
      }
    }
  }

  @Test("Expert options are only in --help-hidden")
  func hidden() throws {
    try inFolder { workplace in
      let common = try workplace.mixq("quantize", "--help").output
      let all = try workplace.mixq("quantize", "--help-hidden").output
      for option in ["--bn-eps", "--steps", "--symmetry", "--metric", "--mean", "--loss"] {
        #expect(!common.contains("  \(option) ") && all.contains("  \(option) "), "\(option)")
      }
    }
  }

  @Test("Only commands with random choices have --seed")
  func seeds() throws {
    try inFolder { workplace in
      for command in Self.commands {
        let help = try workplace.mixq(command + ["--help"]).output
        let isRandom = [
          ["plan"], ["quantize"], ["compare"], ["export"], ["shapes"], ["bench", "inference"],
          ["bench", "brecq"],
        ].contains(command)
        #expect(help.contains("--seed <seed>") == isRandom, "\(command)")
      }
    }
  }

  @Test("Every command has the short flags of its common options", arguments: commands)
  func shortFlags(command: [String]) throws {
    try inFolder { workplace in
      let help = try workplace.mixq(command + ["--help"]).output
      for flag in ["-q, --quiet", "-v, --verbose", "-t, --threads", "-h, --help"] {
        #expect(help.contains(flag))
      }
      #expect(help.contains("  --output") == false)
    }
  }

  @Test("Help names the unit or the choices of every value", arguments: commands)
  func values(command: [String]) throws {
    let forms: Set<String> = [
      "count", "seed", "pixels", "layers", "bits", "number", "mean-bits", "points", "percent",
      "factor",
      "size", "operations", "time", "r,g,b", "pattern=bits", "range", "bits,...", "mean-bits,...",
      "count,...", "file", "folder", "model", "name",
    ]
    try inFolder { workplace in
      let help = try workplace.mixq(command + ["--help-hidden"]).output
      let parts = help.split(separator: /\n  (?=-)/).dropFirst()
      for part in parts {
        guard let name = part.prefixMatch(of: /[-\w, ]*?--[\w-]+(?:, --[\w-]+)* <([^>]+)>/)?.1
        else { continue }
        #expect(
          forms.contains(String(name)) || part.contains("(values:") || part.contains("values: "),
          "\(command): \(part)")
      }
    }
  }
}
