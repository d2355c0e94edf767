import ArgumentParser

@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixq", abstract: "Post-training quantization for ResNets.")
}
