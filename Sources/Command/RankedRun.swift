import Execution
import Files
import Foundation
import MPI
import Synchronization

/// The place of this process in a run of several ranks, and the end of such a run.
///
/// Only the first rank prints and writes outputs.
enum RankedRun {
  private static let process = Mutex<RankedProcess?>(nil)
  private static let joined = Mutex(Ranks.alone)

  static var ranks: Ranks { joined.withLock { $0 } }

  /// True if this process prints and writes the outputs.
  static var isFirst: Bool { ranks.isFirst }

  /// Joins the other ranks if a launcher started this process; throws `usage` if that is not possible.
  static func join() throws(InputError) {
    guard let own = try RankedProcess.join(stop: end) else { return }
    joined.withLock { $0 = own.ranks }
    if !own.ranks.isFirst { StandardStreams.silence() }
    process.withLock { $0 = own }
  }

  /// Throws `usage` if there are several ranks and the command does not share its work among them.
  static func require(_ command: Any) throws(InputError) {
    guard ranks.count > 1 else { return }
    let isShared =
      command is EvaluateCommand || command is CompareCommand
      || (command as? QuantizeCommand).map { $0.accuracy.dropLimit == nil } ?? false
    guard !isShared else { return }
    throw InputError(
      .unusableRanks, "cannot share the work among \(ranks.count) ranks", at: "mpirun",
      because: "only evaluate, compare, and quantize without --max-drop do so",
      try: "run this command without the launcher")
  }

  /// Waits until all ranks have finished.
  static func finish() { process.withLock { $0 }?.finish() }

  /// Sends the error of this rank to the others and returns the one to report.
  static func fail(_ error: InputError) -> InputError {
    process.withLock { $0 }?.fail(error) ?? error
  }

  /// Ends this process because another rank failed or was lost.
  private static func end(_ error: InputError) -> Never {
    Temporaries.removeAll()
    ErrorReport(error.code == .lostRank ? lostRank : error).print()
    // Other threads may still run, so no memory may be released.
    _exit(error.kind.exitCode)
  }

  /// The error of a lost rank, which says what is kept.
  private static var lostRank: InputError {
    InputError(
      .lostRank, "cannot finish the work", at: "mpirun", because: "another rank was lost",
      try: Interruption.currentLine)
  }
}
