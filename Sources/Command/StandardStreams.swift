import Files
import Foundation

/// Keeps files that are opened from taking the place of a standard stream that was closed: what is printed
/// would end in them.
///
/// A reader that goes away, such as `head`, is an error of the write, not a signal that ends the work.
func takeClosedStreams() {
  signal(SIGPIPE, SIG_IGN)
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
    _ = open("/dev/null", O_RDONLY)
  }
}

/// Prints a result and a line end on standard output; throws `cannotWrite` if that is full or closed.
func emit(_ text: String) throws(InputError) {
  guard let fault = write(text + "\n", to: STDOUT_FILENO) else { return }
  throw InputError(
    .cannotWrite, "cannot write the result", at: "standard output", because: fault,
    try: "make room, or send it elsewhere")
}

/// Writes on standard error, if it can: work does not end because nobody reads its messages.
func tell(_ text: String) { _ = write(text, to: STDERR_FILENO) }

/// Returns the reason why not all of `text` could be written, or nil.
private func write(_ text: String, to descriptor: Int32) -> String? {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return String(cString: strerror(errno)) }
    bytes = bytes.dropFirst(count)
  }
  return nil
}
