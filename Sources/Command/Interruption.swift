import CStart
import Files
import Foundation
import Synchronization

/// The handling of SIGINT and SIGTERM: the process removes its temporary files, prints what is kept and
/// how to resume, and ends with code 75.
///
/// A thread of its own waits for the signals, so that it can act while all others compute. Every
/// result that is kept appears whole or not at all, so the process may end at any time.
enum Interruption {
  private static let line = Mutex<@Sendable () -> String>({
    "nothing is kept; run the same command again"
  })

  /// Handles the signals until the process ends.
  static func watch() {
    let descriptor = cs_watch_signals()
    guard descriptor >= 0 else { return }
    Thread.detachNewThread {
      var number: UInt8 = 0
      while read(descriptor, &number, 1) != 1 {}
      Temporaries.removeAll()
      let command = CommandLine.arguments.dropFirst().first ?? ""
      let error = InputError(
        .interrupted, "interrupted", at: "mixq \(command)", because: currentLine)
      ErrorReport(error).print()
      // Other threads still run, so no memory may be released.
      _exit(75)
    }
  }

  /// The line on kept results and how to resume.
  static var currentLine: String { line.withLock { $0 }() }

  /// Sets the line to print from now on.
  ///
  /// - Parameter text: Returns the line on kept results and how to resume.
  static func report(_ text: @escaping @Sendable () -> String) { line.withLock { $0 = text } }
}
