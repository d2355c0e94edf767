import ArgumentParser
import Files
import Foundation
import MixQuantKit

/// A command that does work and has the common options.
protocol OrdinaryCommand: ParsableCommand {
  var common: CommonOptions { get }
}

/// The account of a run that `--verbose` prints on standard error.
struct RunAccount {
  private let start = ContinuousClock.now

  /// Prints the command, the build, the threads and the folder.
  init(words: [String], threads: Int) {
    tell("command    mixq \(words.map(shellQuoted).joined(separator: " "))\n")
    tell("version    \(Build.currentLine)\n")
    tell("threads    \(threads) of \(ProcessInfo.processInfo.activeProcessorCount)\n")
    tell("folder     \(FileManager.default.currentDirectoryPath)\n")
  }

  /// Prints the time and the largest memory of the run.
  func end() {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    tell(
      String(
        format:
          "time       %.2f s; processor time %.2f s in the program and %.2f s in the system\n",
        elapsed, seconds(usage.ru_utime), seconds(usage.ru_stime)))
    tell(String(format: "memory     at most %.0f MiB\n", peakResidentBytes().mebibytes))
  }
}
