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
      73 cannot write, 75 interrupted and can resume. Docs/Errors.md lists the codes of errors.

      Examples:

        mixq inspect resnet18.safetensors
        mixq quantize resnet18.safetensors --calibration calibration \\
          --method gptq -o resnet18.mixq
        mixq evaluate resnet18.mixq --data validation
      """,
    version: "mixq " + Build.currentLine,
    groupedSubcommands: [
      CommandGroup(
        name: "Quantizing", subcommands: [PlanCommand.self, QuantizeCommand.self]),
      CommandGroup(
        name: "Measuring",
        subcommands: [
          EvaluateCommand.self, CompareCommand.self, VerdictCommand.self, ClassifyCommand.self,
        ]),
      CommandGroup(
        name: "File",
        subcommands: [
          InspectCommand.self, ViewCommand.self, VerifyCommand.self, ExportCommand.self,
          ShapesCommand.self,
        ]),
      CommandGroup(
        name: "Machine", subcommands: [DoctorCommand.self, BenchCommand.self]),
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
      try RankedRun.join()
      try run(Array(CommandLine.arguments.dropFirst()))
      RankedRun.finish()
    } catch {
      if let request = requestOfParser(error) {
        RankedRun.finish()
        guard RankedRun.isFirst else { Foundation.exit(0) }
        exit(withError: request)
      }
      let own = inputError(from: error)
      Temporaries.awaitEnd()
      let error = RankedRun.fail(own)
      ErrorReport(error).print()
      Foundation.exit(error.kind.exitCode)
    }
  }

  /// Runs the command of `words`, or prints its recipe if they ask for that.
  private static func run(_ words: [String]) throws {
    let program = CommandOutline.of(Command.self)
    let words = try CommandLineReader(program: program)
      .read(RecipeFile.expanding(words, of: program))
    let asksForRecipe = words.contains(RecipeFile.printFlag)
    let rest = words.filter { $0 != RecipeFile.printFlag }
    var command = try parseAsRoot(rest)
    try RankedRun.require(command)
    if asksForRecipe {
      try emit(json(RecipeFile(describing: rest, of: program), isPretty: true))
    } else if let options = (command as? any OrdinaryCommand)?.common, options.verbose {
      let account = RunAccount(words: rest, threads: options.threads)
      defer { account.end() }
      try command.run()
    } else {
      try command.run()
    }
  }
}

/// Prints an error message on one line of standard error.
func complain(_ message: String) {
  StatusLine.close(
    with: Terminal.errors.styled("mixq:", .error) + " " + message.printable(limit: 2000))
}
