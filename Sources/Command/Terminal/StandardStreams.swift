import Files
import Foundation
import Synchronization

/// The standard streams, which are silent in all ranks but the first.
enum StandardStreams {
  private static let areSilent = Mutex(false)

  /// Prints nothing from now on, because another rank prints.
  static func silence() { areSilent.withLock { $0 = true } }

  /// Writes `text` and returns the reason of a failure, or nil if all of it was written.
  fileprivate static func write(_ text: String, to descriptor: Int32) -> String? {
    guard !areSilent.withLock({ $0 }) else { return nil }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(cString: strerror(errno)) }
      bytes = bytes.dropFirst(count)
    }
    return nil
  }
}

/// Opens `/dev/null` in place of closed standard streams and ignores SIGPIPE.
///
/// Otherwise the next opened file would get the descriptor of a closed stream and receive its
/// output. If a reader such as `head` ends, the write fails and no signal ends the process.
func takeClosedStreams() {
  signal(SIGPIPE, SIG_IGN)
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
    _ = open("/dev/null", O_RDONLY)
  }
}

/// Prints a result and a newline on standard output; throws `cannotWrite` if that fails.
///
/// Of several ranks, only the first prints.
func emit(_ text: String) throws(InputError) {
  guard let fault = StandardStreams.write(text + "\n", to: STDOUT_FILENO) else { return }
  throw InputError(
    .cannotWrite, "cannot write the result", at: "standard output", because: fault,
    try: "free disk space, or redirect the output to another place")
}

/// Prints on standard error and ignores failures, so that they do not end the work.
func tell(_ text: String) { _ = StandardStreams.write(text, to: STDERR_FILENO) }

/// Throws `usage` if an argument is not UTF-8, because Swift would change it and find no such file.
func requireReadableArguments() throws(InputError) {
  for number in 1..<max(1, Int(CommandLine.argc)) {
    guard let argument = CommandLine.unsafeArgv[number], String(validatingCString: argument) == nil
    else { continue }
    throw InputError(
      .unreadableArgument, "cannot read argument \(number)", at: String(cString: argument),
      because: "it is not UTF-8", try: "rename the file or folder, or make a link to it")
  }
}
