import Execution
import Foundation
import Fuzzing

/// Feeds readers with damaged files: `fuzz [--target NAME] [--count N] [--seed N] [--keep FOLDER]`.
///
/// Before each execution the file is written to `FOLDER/TARGET.current`, so that the file of a crash can
/// be found. Files with a new reason of refusal go into the corpus, and into `--keep FOLDER`.
@main
struct Runner {
  static func main() throws {
    var options = ["target": "", "count": "10000", "seed": "1", "keep": ""]
    var arguments = CommandLine.arguments.dropFirst()
    while let name = arguments.popFirst() {
      guard name.hasPrefix("--"), options[String(name.dropFirst(2))] != nil,
        let value = arguments.popFirst()
      else {
        say("usage: fuzz [--target NAME] [--count N] [--seed N] [--keep FOLDER]")
        exit(64)
      }
      options[String(name.dropFirst(2))] = value
    }
    let (count, seed) = (Int(options["count"] ?? "") ?? 0, UInt64(options["seed"] ?? "") ?? 1)
    let folder = options["keep"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    var faults = 0
    for target in FuzzTarget.all where options["target"] == "" || options["target"] == target.name {
      faults += try run(target, count: count, seed: seed, folder)
    }
    removeScratch()
    exit(faults == 0 ? 0 : 1)
  }

  /// Runs `count` executions and returns the number of faults.
  private static func run(
    _ target: FuzzTarget, count: Int, seed: UInt64, _ folder: URL?
  ) throws -> Int {
    var corpus = try target.seeds()
    guard !corpus.isEmpty else {
      say("\(target.name): no seeds")
      return 0
    }
    let current = try folder.map { try CurrentFile($0.appending(path: "\(target.name).current")) }
    var random = Choices(seed: seed)
    var (reasons, accepted, faults, slowest) = (Set<String>(), 0, 0, 0.0)
    let clock = ContinuousClock()
    let start = clock.now
    for number in 0..<count {
      let file = number < corpus.count ? corpus[number] : target.mutant(of: corpus, &random)
      current?.write(file)
      let begin = clock.now
      do {
        let reason = try target.verdict(on: file)
        if reason == nil { accepted += 1 }
        if let reason, reasons.count < 2000, reasons.insert(reason).inserted {
          if corpus.count < 500 { corpus.append(file) }
          try folder.map { try keep(file, target, "new", in: $0) }
        }
      } catch {
        faults += 1
        say("\(target.name): FAULT at \(number): \(error)")
        try folder.map { try keep(file, target, "fault", in: $0) }
      }
      let seconds = (clock.now - begin).seconds
      slowest = max(slowest, seconds)
      if seconds > 5 {
        faults += 1
        say("\(target.name): SLOW at \(number): \(seconds) s")
        try folder.map { try keep(file, target, "slow", in: $0) }
      }
    }
    let seconds = (clock.now - start).seconds
    say(
      "\(target.name): \(count) executions, \(accepted) accepted, \(reasons.count) reasons, "
        + "\(faults) faults, "
        + String(format: "slowest %.3f s, %.0f a second", slowest, Double(count) / seconds))
    return faults
  }

  private static func keep(
    _ file: [UInt8], _ target: FuzzTarget, _ kind: String, in folder: URL
  ) throws {
    let name = "\(target.name).\(kind).\(abs(file.hashValue))"
    try Data(file).write(to: folder.appending(path: name))
  }
}

/// Prints at once, so that nothing is lost in a crash.
private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// A file that always holds the input at hand, even after a crash.
private struct CurrentFile {
  private let descriptor: CInt

  init(_ url: URL) throws {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  }

  func write(_ bytes: [UInt8]) {
    ftruncate(descriptor, 0)
    pwrite(descriptor, bytes, bytes.count, 0)
  }
}
