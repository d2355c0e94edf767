import ArgumentParser
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that describes a model file.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Describes a checkpoint or a packed file and the assumptions about it.")

  @Argument(
    help:
      "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face) or a packed file."
  )
  var model: Path

  @OptionGroup var checkpoint: CheckpointArguments
  @OptionGroup var transform: TransformArguments
  @OptionGroup var common: CommonOptions

  func run() throws {
    let inspection = try Inspection(
      contentsOf: model.url, options: checkpoint.options, flags: transform.flags)
    try emit(common.json ? json(inspection, isPretty: true) : inspection.text)
  }
}
