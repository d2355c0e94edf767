import ArgumentParser
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that describes a model file.
struct InspectCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Describes a checkpoint or a packed file and the assumptions about it.",
    discussion: """
      Examples:

        mixq inspect resnet18.safetensors
        mixq inspect small.mixq --json
      """)

  @Argument(
    help:
      "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face) or a packed file."
  )
  var model: Path

  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let inspection = try Inspection(
      contentsOf: model.url, options: checkpoint.options, flags: transform.flags)
    try emit(common.json ? json(inspection, isPretty: true) : inspection.text)
  }
}
