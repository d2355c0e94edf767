package import Foundation

/// A place for a file that appears whole or not at all.
///
/// A temporary file in the same folder holds the place. It is locked, so that no other run writes
/// the same file, and it is renamed when all bytes are on disk. If the process is killed, the next
/// run for the same file takes the temporary file over.
package final class OutputFile {
  private let url: URL
  private let overwriting: Bool
  private let temporary: String
  private let file: CInt
  private var isWritten = false

  /// Takes the place of `url`.
  ///
  /// - Parameter overwriting: True if an existing file may be overwritten. It stays until the new
  ///   file is complete.
  /// - Throws: `cannotWrite` if the file exists and `overwriting` is false, if its folder cannot be written, or if
  ///   another run writes the file.
  package init(_ url: URL, overwriting: Bool) throws(InputError) {
    guard overwriting || AtomicFile.type(at: url) == nil else { throw exists(url) }
    // A link stays, and the file to which it leads is written.
    let target = URL(filePath: url.path).resolvingSymlinksInPath()
    let temporary = Temporaries.path(for: target)
    // A file that another run has locked is not touched.
    file = try Lock.file(temporary, for: url)
    Temporaries.add(temporary)
    (self.url, self.overwriting, self.temporary) = (target, overwriting, temporary)
  }

  deinit {
    if !isWritten { unlink(temporary) }
    Temporaries.remove(temporary)
    close(file)
  }

  /// Writes the file; throws `cannotWrite`, and then leaves the old file as it was.
  ///
  /// The bytes and the new name are on disk when the function returns.
  package func write(_ data: Data) throws(InputError) {
    precondition(!isWritten, "a file is written once")
    var done = 0
    while done < data.count {
      let step = data.withUnsafeBytes { bytes in
        bytes.baseAddress.map { Foundation.write(file, $0 + done, data.count - done) } ?? 0
      }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { throw failure(url, because: systemReason(step < 0 ? errno : ENOSPC)) }
      done += step
    }
    guard fsync(file) == 0 else { throw failure(url, because: systemReason(errno)) }
    try Lock.rename(temporary, to: url.path, overwriting: overwriting) { code in
      code == EEXIST ? exists(url) : failure(url, because: systemReason(code))
    }
    isWritten = true
    Lock.syncFolder(of: url)
  }
}

private func exists(_ url: URL) -> InputError {
  failure(url, .outputExists, because: "the file exists", try: "use --force to overwrite it")
}

private func failure(
  _ url: URL, _ code: ErrorCode = .cannotWrite, because reason: String,
  try remedy: String = "choose another place"
) -> InputError {
  InputError(
    code, "cannot write the file", at: url.relativePath, because: reason, try: remedy)
}
