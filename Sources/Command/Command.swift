import ArgumentParser
import Execution
import Files
import Foundation
import MixQuantKit
import Studies

/// The program `mixq`.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixq",
    abstract: "Quantizes ResNet checkpoints after training, without Python.",
    discussion: """
      Exit codes: 0 done, 1 below --min-top1, nothing within --max-drop or a failed check of verify, \
      64 wrong usage, 65 bad data, 66 missing input, 70 internal error or too little memory, \
      73 cannot write, 75 interrupted and can resume.
      """,
    version: Build.currentLine,
    subcommands: [
      InspectCommand.self, EvaluateCommand.self, PlanCommand.self, QuantizeCommand.self,
      CompareCommand.self, VerdictCommand.self, ViewCommand.self, ClassifyCommand.self,
      VerifyCommand.self,
      ExportCommand.self, BenchCommand.self, DoctorCommand.self, ShapesCommand.self,
    ])

  static func main() {
    takeClosedStreams()
    // A write beyond the limit of file sizes then fails and does not kill the process.
    signal(SIGXFSZ, SIG_IGN)
    ProcessLimits.prepare()
    Interruption.watch()
    keepFreedMemory()
    do {
      try requireReadableArguments()
      try KernelFamily.checkRequest()
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch let error as InputError {
      fail(error.description, code: error.kind.exitCode)
    } catch let error where isOfParser(error) {
      exit(withError: error)
    } catch {
      fail("internal error: \(error)", code: 70)
    }
  }

  /// Runs the command of `words`, or prints its recipe if they ask for that.
  private static func run(_ words: [String]) throws {
    let words = try RecipeFile.expanding(words)
    let asksForRecipe = words.contains(RecipeFile.printFlag)
    let rest = words.filter { $0 != RecipeFile.printFlag }
    var command = try parseAsRoot(rest)
    if asksForRecipe {
      try emit(json(RecipeFile(describing: rest), isPretty: true))
    } else {
      try command.run()
    }
  }

  /// Returns true for errors of ArgumentParser, which returns 1 for errors that it does not know.
  ///
  /// `--min-top1` uses that code.
  private static func isOfParser(_ error: any Error) -> Bool {
    error is ExitCode || exitCode(for: error) != .failure
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    Temporaries.awaitEnd()
    complain(message)
    Foundation.exit(code)
  }
}

/// Prints an error message on one line of standard error.
func complain(_ message: String) {
  tell("mixq: \(message.printable(limit: 2000))\n")
}

extension InputError.Kind {
  /// The exit code of sysexits(3).
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .badData: 65
    case .missingInput: 66
    case .cannotWrite: 73
    }
  }
}
