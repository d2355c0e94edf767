import Execution
import Foundation
import FuzzCoverage
import Fuzzing

/// Feeds readers with damaged files: `fuzz [--target NAME] [--count N] [--seed N] [--keep FOLDER]
/// [--distill FOLDER]`.
///
/// Before each execution the file is written to `FOLDER/TARGET.current`, so that the file of a crash can
/// be found. Files that reach new code join the corpus and go into `--keep FOLDER`; those of earlier runs
/// there are part of the corpus. In a build that does not count code, files with a new reason of refusal
/// take their place. `--distill` writes a small corpus that reaches the same code.
@main
struct Runner {
  static func main() throws {
    var options = ["target": "", "count": "10000", "seed": "1", "keep": "", "distill": ""]
    var arguments = CommandLine.arguments.dropFirst()
    while let name = arguments.popFirst() {
      guard name.hasPrefix("--"), options[String(name.dropFirst(2))] != nil,
        let value = arguments.popFirst()
      else {
        say("usage: fuzz [--target NAME] [--count N] [--seed N] [--keep FOLDER] [--distill FOLDER]")
        exit(64)
      }
      options[String(name.dropFirst(2))] = value
    }
    let (count, seed) = (Int(options["count"] ?? "") ?? 0, UInt64(options["seed"] ?? "") ?? 1)
    func folder(_ name: String) -> URL? {
      options[name].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    }
    var faults = 0
    for target in FuzzTarget.all where options["target"] == "" || options["target"] == target.name {
      if let small = folder("distill") {
        try distill(target, kept: folder("keep"), into: small)
      } else {
        var campaign = try Campaign(target, folder: folder("keep"))
        faults += try campaign.run(count: count, seed: seed)
      }
    }
    removeScratch()
    exit(faults == 0 ? 0 : 1)
  }
}

/// The executions of one target.
private struct Campaign {
  private static let mostFiles = 3000
  private static let mostSeconds = 5.0

  private let target: FuzzTarget
  private let folder: URL?
  private let current: CurrentFile?
  private var corpus: [[UInt8]]
  /// The files that are executed as they are before others are made from them.
  private let soundCount: Int
  private var reasons: Set<String> = []
  private var (accepted, faults, slowest) = (0, 0, 0.0)

  init(_ target: FuzzTarget, folder: URL?) throws {
    self.target = target
    self.folder = folder
    current = try folder.map { try CurrentFile($0.appending(path: "\(target.name).current")) }
    corpus = try target.seeds() + target.corpus() + keptFiles(of: target, in: folder)
    soundCount = corpus.count
  }

  /// Runs `count` executions and returns the number of faults.
  mutating func run(count: Int, seed: UInt64) throws -> Int {
    guard !corpus.isEmpty else {
      say("\(target.name): no seeds")
      return 0
    }
    var random = Choices(seed: seed)
    let start = ContinuousClock.now
    for number in 0..<count {
      try execute(
        number < soundCount ? corpus[number] : target.mutant(of: corpus, &random), number)
    }
    let seconds = (ContinuousClock.now - start).seconds
    say(
      "\(target.name): \(count) executions, \(accepted) accepted, \(reasons.count) reasons, "
        + "\(corpus.count) files, \(fuzz_edges()) edges, \(faults) faults, "
        + String(format: "slowest %.3f s, %.0f a second", slowest, Double(count) / seconds))
    return faults
  }

  private mutating func execute(_ file: [UInt8], _ number: Int) throws {
    current?.write(file)
    let (edges, begin) = (fuzz_edges(), processSeconds())
    // A reader that waits for ever ends the program, which the script reports as a crash.
    alarm(60)
    var isNew = false
    do {
      let reason = try target.verdict(on: file)
      if let reason {
        isNew = reasons.count < 2000 && reasons.insert(reason).inserted
      } else {
        accepted += 1
      }
    } catch {
      faults += 1
      say("\(target.name): FAULT at \(number): \(error)")
      try folder.map { try keep(file, target, "fault", in: $0) }
    }
    if fuzz_edges() > 0 { isNew = fuzz_edges() > edges }
    if isNew, number >= soundCount, corpus.count < Self.mostFiles {
      corpus.append(file)
      try folder.map { try keep(file, target, "new", in: $0) }
    }
    let seconds = processSeconds() - begin
    slowest = max(slowest, seconds)
    if seconds > Self.mostSeconds {
      faults += 1
      say("\(target.name): SLOW at \(number): \(seconds) s")
      try folder.map { try keep(file, target, "slow", in: $0) }
    }
  }
}

/// The seconds of processor time that this process has used; other processes do not count.
private func processSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Writes those of the kept files that reach new code, the smallest first, into `TARGET` in `folder`.
private func distill(_ target: FuzzTarget, kept: URL?, into folder: URL) throws {
  let (mostFiles, mostBytes) = (40, 4096)
  // The sound files are made anew each time, and need no place in the corpus.
  for seed in try target.seeds() { _ = try? target.verdict(on: seed) }
  let place = folder.appending(path: target.name)
  let files = try target.corpus() + keptFiles(of: target, in: kept)
  var chosen: [[UInt8]] = []
  for file in files.sorted(by: { $0.count < $1.count }) where chosen.count < mostFiles {
    let edges = fuzz_edges()
    _ = try? target.verdict(on: file)
    if fuzz_edges() > edges, file.count <= mostBytes { chosen.append(file) }
  }
  try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
  for file in chosen { try Data(file).write(to: place.appending(path: name(of: file))) }
  say("\(target.name): \(chosen.count) files, \(chosen.reduce(0) { $0 + $1.count }) bytes")
}

private func keptFiles(of target: FuzzTarget, in folder: URL?) throws -> [[UInt8]] {
  guard let folder else { return [] }
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return try names.filter { $0.hasPrefix("\(target.name).new.") }.sorted().map {
    [UInt8](try Data(contentsOf: folder.appending(path: $0)))
  }
}

private func keep(
  _ file: [UInt8], _ target: FuzzTarget, _ kind: String, in folder: URL
) throws {
  try Data(file).write(to: folder.appending(path: "\(target.name).\(kind).\(name(of: file))"))
}

/// Returns a name that depends on the content alone (FNV-1a).
private func name(of file: [UInt8]) -> String {
  let hash = file.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  return String(hash, radix: 16)
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
