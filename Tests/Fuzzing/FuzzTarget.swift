package import Files
package import Foundation

/// A reader that is fed with damaged files.
///
/// It may accept a file or throw an `InputError`. Anything else is a fault: another error, a crash, an
/// answer that takes too long.
package struct FuzzTarget: Sendable {
  package let name: String
  /// Sound files, from which all others are made.
  package let seeds: @Sendable () throws -> [[UInt8]]
  /// The ways to damage a file that know its structure.
  let mutators: [Mutator]
  /// Reads a file.
  package let read: @Sendable ([UInt8]) throws -> Void

  package init(
    _ name: String, seeds: @escaping @Sendable () throws -> [[UInt8]], mutators: [Mutator],
    read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds
    self.mutators = mutators
    self.read = read
  }

  /// Returns the small files of Tests/FuzzingTests/Corpus that belong to this target.
  package func corpus() throws -> [[UInt8]] {
    let folder = projectRoot.appending(path: "Tests/FuzzingTests/Corpus/\(name)")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return try names.sorted().map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
  }

  /// Returns the reason of a refusal without its numbers, or nil if the file was accepted.
  ///
  /// Files that are refused for a new reason are worth keeping.
  ///
  /// - Throws: Any error that is not an `InputError`.
  package func verdict(on file: [UInt8]) throws -> String? {
    do { try read(file) } catch let error as InputError {
      return "\(error.kind) \(error.what) \(error.reason)".filter { $0.isLetter || $0 == " " }
    }
    return nil
  }
}

/// A way to damage a file: it gets the file, another file to take parts from, and a generator.
package typealias Mutator =
  @Sendable (_ file: [UInt8], _ other: [UInt8], _ random: inout Choices) -> [UInt8]

extension FuzzTarget {
  /// Returns a damaged copy of one of `corpus`.
  package func mutant(of corpus: [[UInt8]], _ random: inout Choices) -> [UInt8] {
    var file = random.pick(corpus)
    for _ in 0..<random.pick([1, 1, 1, 2, 3, 5]) {
      let mutator = random.below(3) == 0 ? random.pick(Bytes.mutators) : random.pick(mutators)
      file = mutator(file, random.pick(corpus), &random)
    }
    // Larger files would only make the search slower.
    return file.count > 1 << 16 ? Array(file[..<(1 << 16)]) : file
  }
}
