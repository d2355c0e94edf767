package import Files
package import Foundation

/// The file beside the predictions of an evaluation with the answers so far.
///
/// The same command can resume from it. A line has a SHA-256, a space and JSON. The first line holds the
/// job, and each other line the answers to one batch. The SHA-256 covers the first line and the line's own
/// JSON. A line is added as soon as its batch is scored. An incomplete line at the end is ignored.
package final class EvaluationStateFile {
  private struct Header: Codable {
    let format: Int
    let job: EvaluationJob
  }

  private struct Line: Codable {
    var batch: BatchRecord?
    /// The SHA-256 of the table of predictions, once it is being written.
    var output: String?
  }

  package let url: URL
  private let header: String
  private let job: EvaluationJob
  private let evaluator: Evaluator
  private let classCount: Int
  /// The lines that are kept, before the file is opened for new ones.
  private var kept = Data()
  private var file: FileHandle?

  private static let format = 1

  /// Creates the state at `url` for the scoring of `model` by `evaluator`; reads nothing yet.
  package init(_ url: URL, of model: Model, by evaluator: Evaluator) {
    self.url = url
    self.evaluator = evaluator
    classCount = model.classCount
    job = EvaluationJob(model, evaluator)
    header = json(Header(format: Self.format, job: job))
  }

  /// Returns the place of the state beside a file of predictions.
  package static func url(beside predictions: URL) -> URL {
    predictions.appendingPathExtension("state")
  }

  /// Returns the answers that an earlier run of the same job kept; none if there is no such file.
  ///
  /// - Throws: `badData` if the file is damaged, and `cannotWrite` that names the difference if it belongs
  ///   to another job.
  func read() throws(InputError) -> [BatchRecord] {
    kept = Self.bytes(header, after: "")
    guard AtomicFile.type(at: url) != nil else { return [] }
    let lines = Self.lines(of: try InputFile.read(url))
    // A file that ends within its first line holds nothing.
    guard let first = lines.first else { return [] }
    guard let text = Self.content(of: first, after: "") else {
      throw damaged("its first line does not match its checksum")
    }
    guard let found = try? jsonDecoder.decode(Header.self, from: text), found.format == Self.format
    else { throw damaged("another version of mixq wrote it") }
    if let difference = job.difference(from: found.job) {
      throw InputError(
        .otherWork, "cannot resume", at: url.path, because: "it belongs to \(difference)",
        try: "choose another file with --predictions, or remove this one to start again")
    }
    var records: [BatchRecord] = []
    var numbers: Set<Int> = []
    for (index, line) in lines.enumerated().dropFirst() {
      guard let text = Self.content(of: line, after: header),
        let line = try? jsonDecoder.decode(Line.self, from: text)
      else {
        // A loss of power may damage the end of the file.
        if index == lines.count - 1 { break }
        throw damaged("line \(index + 1) does not match its checksum")
      }
      guard let record = line.batch else { continue }
      guard record.fits(evaluator.images, classCount: classCount),
        numbers.insert(record.number).inserted
      else { throw damaged("line \(index + 1) belongs to other images") }
      records.append(record)
      kept += Self.bytes(String(decoding: text, as: UTF8.self), after: header)
    }
    return records
  }

  /// Adds a batch; throws `cannotWrite`.
  func append(_ record: BatchRecord) throws(InputError) { try append(Line(batch: record)) }

  /// Adds the hash of the table that will be written next; throws `cannotWrite`.
  ///
  /// If the process is killed before the state is removed, the next run may write over that table.
  package func append(outputOf table: Data) throws(InputError) {
    try append(Line(output: SHA256.hexDigest(of: table)))
  }

  private func append(_ line: Line) throws(InputError) {
    do {
      let file = try file ?? open()
      self.file = file
      try file.write(contentsOf: Self.bytes(json(line), after: header))
    } catch let error as InputError { throw error } catch {
      throw InputError(
        .cannotWrite, "cannot keep the answers so far", at: url.path,
        because: systemReason(error), try: "free disk space, or choose another place")
    }
  }

  private func open() throws -> FileHandle {
    if kept.isEmpty { kept = Self.bytes(header, after: "") }
    try AtomicFile.write(kept, to: url, overwriting: true)
    let file = try FileHandle(forWritingTo: url)
    try file.seekToEnd()
    return file
  }

  /// Removes the file.
  package func remove() {
    file = nil
    try? FileManager.default.removeItem(at: url)
  }

  /// Returns true if an interrupted run, whose state is beside `predictions`, wrote that file.
  package static func wrote(_ predictions: URL) -> Bool {
    guard let bytes = try? InputFile.read(url(beside: predictions)),
      case let lines = lines(of: bytes), let first = lines.first,
      let header = content(of: first, after: ""), let last = lines.last,
      let text = content(of: last, after: String(decoding: header, as: UTF8.self)),
      let output = (try? jsonDecoder.decode(Line.self, from: text))?.output
    else { return false }
    return (try? SHA256.hexDigest(ofFile: predictions)) == output
  }

  /// Returns the complete lines of a file.
  private static func lines(of bytes: Data) -> [Data] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      .map { Data($0) }
  }

  private static func bytes(_ json: String, after header: String) -> Data {
    Data("\(SHA256.hexDigest(of: Data((header + json).utf8))) \(json)\n".utf8)
  }

  /// Returns the JSON of a line; nil if it does not match its checksum.
  private static func content(of line: Data, after header: String) -> Data? {
    guard line.count > 65 else { return nil }
    let text = line.dropFirst(65)
    let digest = SHA256.hexDigest(of: Data(header.utf8) + text)
    return line.starts(with: "\(digest) ".utf8) ? Data(text) : nil
  }

  private func damaged(_ reason: String) -> InputError {
    InputError(
      .badKeptResult, "cannot resume", at: url.path, because: reason,
      try: "remove the file to start again")
  }
}
