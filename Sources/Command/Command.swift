import ArgumentParser
import Foundation
import Pipeline
import Tensors

/// Post-training quantization for ResNets.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixq",
    abstract: "Quantizes ResNet checkpoints after training, without Python.",
    discussion: """
      Exit codes: 0 done, 1 below --min-top1, 64 wrong usage, 65 bad data, 66 missing input, \
      70 internal error, 73 cannot write, 75 interrupted and resumable.
      """,
    version: toolVersion,
    subcommands: [
      InspectCommand.self, EvaluateCommand.self, PlanCommand.self, QuantizeCommand.self,
      CompareCommand.self, BenchCommand.self, ShapesCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as InputError {
      FileHandle.standardError.write(Data("mixq: \(error)\n".utf8))
      Foundation.exit(error.kind.exitCode)
    } catch {
      exit(withError: error)
    }
  }
}

extension InputError.Kind {
  /// The code of sysexits(3).
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .badData: 65
    case .missingInput: 66
    case .cannotWrite: 73
    case .interrupted: 75
    }
  }
}
