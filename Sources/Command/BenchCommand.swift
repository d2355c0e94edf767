import ArgumentParser

/// The command with one subcommand per kind of measurement.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the speed of this machine.",
    subcommands: [
      BenchInferenceCommand.self, BenchImagesCommand.self, BenchBrecqCommand.self,
    ])
}
