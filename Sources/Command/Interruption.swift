import Dispatch
import Foundation

/// A handler of SIGINT and SIGTERM, which prints how to resume and ends the process with code 75.
///
/// It is for work that saves every result at once, so that the process may end at any time. It acts
/// until `end` is called.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  /// Handles the signals for work whose results are in `folder`.
  init(folder: URL) {
    let place = folder.path
    self.init { "\(place): finished results are kept; run the same command again to resume" }
  }

  /// Handles the signals.
  ///
  /// - Parameter line: Returns the line on saved results and how to resume.
  init(_ line: @escaping @Sendable () -> String) {
    let queue = DispatchQueue(label: "interruption", qos: .userInteractive)
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        complain("interrupted: \(line())")
        // Other threads still run, so no memory may be released.
        _exit(75)
      }
      source.resume()
      return source
    }
  }

  /// Restores the default handling of the signals.
  func end() {
    sources.forEach { $0.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
