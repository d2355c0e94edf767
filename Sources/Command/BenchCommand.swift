import ArgumentParser

/// Measurements; each kind is a command of its own.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures this machine.",
    subcommands: [
      BenchInferenceCommand.self, BenchImagesCommand.self, BenchBrecqCommand.self,
    ])
}
