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
        mixq inspect small.mixq --recipe
      """)

  @Argument(
    help:
      "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face) or a packed file."
  )
  var model: Path

  @OptionGroup(title: "Main options") var main: InspectArguments
  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    if main.recipe { return try printRecipe() }
    let inspection = try Inspection(
      contentsOf: model.url, options: checkpoint.options, flags: transform.flags)
    try emit(
      inspection, as: .inspect,
      from: [ResultInput(.model, model.url, sha256: inspection.sha256)], isJSON: common.json
    ) { inspection.text(width: $0) }
  }

  /// Prints the recipe of a packed file, and notes on its use on standard error.
  private func printRecipe() throws {
    guard case .packed(let packed) = try Model(contentsOf: model.url, options: checkpoint.options)
    else {
      throw InputError(
        .badData, "cannot print the recipe", at: model.url.relativePath,
        because: "it is a checkpoint, which no recipe made", try: "give a packed file")
    }
    let recipe = try RecipeFile(of: packed, at: model.url)
    let console = Console(isQuiet: common.quiet)
    console.note(
      "note       run it with mixq quantize MODEL --recipe-file FILE --calibration FOLDER --output FILE"
    )
    if packed.provenance.selection != nil {
      console.note(
        "note       a search chose the file among several: the recipe makes its network, and not its "
          + "record of the search")
    }
    if packed.provenance.build != .current {
      console.note(
        "note       another build made the file and may give other bytes: "
          + packed.provenance.build.line)
    }
    try emit(json(recipe, isPretty: true))
  }
}

/// The option that only `inspect` has.
struct InspectArguments: ParsableArguments {
  @Flag(help: "Print the recipe that made a packed file as a recipe file of mixq quantize.")
  var recipe = false
}
