import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit

/// The command that classifies single images.
struct ClassifyCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Prints the five most probable classes of images and the time of the network.",
    discussion: """
      Each image gives one line, or with --json one JSON object. The time is that of the network on \
      this image alone, without decoding.

      Examples:

        mixq classify resnet18.safetensors validation/circle/*.png
        mixq classify small.mixq validation/circle/*.png --json
      """)

  @Argument(
    help:
      "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face) or a packed file."
  )
  var model: Path

  @Argument(help: "The image files.")
  var images: [Path]

  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let console = Console(isQuiet: common.quiet)
    let opened = try Model(contentsOf: model.url, options: checkpoint.options)
    var classifier = try ImageClassifier(
      opened, url: model.url, flags: transform.flags, context: common.context)
    opened.introduction(model.url).forEach(console.note)
    console.note(
      "transform  \(classifier.transform.transform.description) (\(classifier.transform.reason))")
    let inputs = [ResultInput(.model, model.url, sha256: try opened.digest(of: model.url))]
    var skipped = 0
    for image in images {
      do throws(InputError) {
        let result = try Classification(of: image.url, by: &classifier)
        try emit(
          result, as: .classify, from: inputs, isJSON: common.json, isPretty: false
        ) { _ in result.text }
      } catch {
        guard transform.skipBadImages, error.kind != .cannotWrite else { throw error }
        complain("skipped: \(error)")
        skipped += 1
      }
    }
    guard skipped < images.count else {
      throw InputError(
        .badImage, "no image could be classified", at: images[0].url.relativePath,
        because: "all \(skipped) images were skipped", try: "check the files")
    }
  }
}
