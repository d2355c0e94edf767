import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit

/// The command that checks a packed file.
struct VerifyCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Checks a packed file: checksums, codes, grids, and its distance from the checkpoint.",
    discussion: """
      Each check gives one line that begins with "ok" or "FAIL". If a check fails, the command exits \
      with 1.

      Examples:

        mixq verify small.mixq
        mixq verify small.mixq --against resnet18.safetensors --data validation
      """)

  @Argument(help: "A packed file.")
  var file: Path

  @OptionGroup(title: "Main options") var main: VerifyArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func validate() throws {
    guard main.against != nil || checkpoint.options == CheckpointOptions() else {
      throw InputError.missing("--against", "options about a checkpoint need a checkpoint")
    }
  }

  func run() throws {
    var verifier = try PackedFileVerifier(contentsOf: file.url)
    if let against = main.against {
      try verifier.compare(withFileAt: against.url, options: checkpoint.options)
    }
    if let data = main.data {
      try verifier.compareEngines(
        on: try ImageSet.open(data.url, purpose: .calibration), context: common.context)
    }
    let result = verifier.verification
    try emit(
      result, as: .verify, from: [ResultInput(.model, file.url, sha256: verifier.digest)],
      isJSON: common.json
    ) { _ in Self.marked(result.text) }
    if let failure = result.failure {
      throw InputError(
        .failedCheck, "the file failed verification", at: file.url.relativePath, because: failure,
        try: "download or make the file again, and report the failure if it remains")
    }
  }

  /// Returns the lines of checks with their marks in colour if the terminal has it.
  private static func marked(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let style: Terminal.Style? =
        line.hasPrefix("ok") ? .good : line.hasPrefix("FAIL") ? .error : nil
      guard let style else { return String(line) }
      return Terminal.output.styled(String(line.prefix(4)), style) + line.dropFirst(4)
    }.joined(separator: "\n")
  }

}

/// The options of `verify` that most people need.
struct VerifyArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare every weight with this checkpoint, or with this ONNX file exported from the file.",
      valueName: "model"))
  var against: Path?

  @Option(
    help: ArgumentHelp(
      "Compare the engines on a few images of this folder.",
      valueName: "folder"))
  var data: Path?
}
