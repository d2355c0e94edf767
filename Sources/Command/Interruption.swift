import Dispatch
import Foundation

/// Ends the process with 75 at SIGINT and SIGTERM, after a line on how to resume.
///
/// For work whose results are each kept whole as they come: it can be cut off anywhere. Holds as long as
/// this value lives.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter folder: keeps the results.
  init(folder: URL) {
    let place = folder.path
    self.init { "\(place): finished results are kept; run the same command again to resume" }
  }

  /// - Parameter line: Returns the message: the results that are kept, and how to resume.
  init(_ line: @escaping @Sendable () -> String) {
    let queue = DispatchQueue(label: "interruption", qos: .userInteractive)
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        complain("interrupted: \(line())")
        // Other threads are still at work: nothing may be torn down under them.
        _exit(75)
      }
      source.resume()
      return source
    }
  }

  /// Gives the signals back.
  func end() {
    sources.forEach { $0.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
