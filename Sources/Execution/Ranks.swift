package import Foundation

/// The processes that share the work of one run, as this process sees them.
///
/// All ranks run the same program on the same inputs, and all call `exchange` equally often and in the same
/// order. A run of one process is its only rank. If another rank failed, `exchange` does not return, and the
/// program that joined the ranks ends.
package struct Ranks: Sendable {
  /// The number of this process, below `count`.
  package let rank: Int
  /// The number of processes.
  package let count: Int
  private let gather: @Sendable (Data) -> [Data]

  /// - Parameter gather: Returns the data that every rank passes, in the order of the ranks.
  package init(rank: Int, count: Int, gather: @escaping @Sendable (Data) -> [Data]) {
    precondition((0..<count).contains(rank), "rank \(rank) of \(count)")
    self.rank = rank
    self.count = count
    self.gather = gather
  }

  /// One process that shares its work with no other.
  package static let alone = Ranks(rank: 0, count: 1) { [$0] }

  /// True if this process prints and writes the outputs.
  package var isFirst: Bool { rank == 0 }

  /// Returns the data of all ranks in their order.
  package func exchange(_ data: Data) -> [Data] { count > 1 ? gather(data) : [data] }

  /// Returns the data that `body` returns on the first rank, the only one that runs it.
  ///
  /// Ranks that read a file on their own could see different versions of it.
  package func fromFirst<Failure: Error>(
    _ body: () throws(Failure) -> Data
  ) throws(Failure) -> Data {
    exchange(isFirst ? try body() : Data())[0]
  }

  /// Returns the items of 0..<`items` that this rank works on: every `count`-th one.
  package func share(of items: Int) -> [Int] { Array(stride(from: rank, to: items, by: count)) }
}

extension Ranks: Equatable {
  package static func == (left: Ranks, right: Ranks) -> Bool {
    (left.rank, left.count) == (right.rank, right.count)
  }
}

extension Context {
  /// Returns the values of `body` for every item of 0..<`items`, in the order of the items.
  ///
  /// Each rank computes every `ranks.count`-th item on its threads, and all ranks get all values. No sum is
  /// formed here, so the values do not depend on the number of ranks. Ranks must call this in the same
  /// order, so `body` may not call it.
  package func mapOverRanks<Element: BitwiseCopyable & Sendable>(
    _ items: Int, _ body: @Sendable (Int) -> [Element]
  ) -> [[Element]] {
    guard ranks.count > 1 else { return map(items, body) }
    return gather(map(ranks.share(of: items), body), of: items)
  }

  /// Returns the values of all of 0..<`items`, in the order of the items.
  ///
  /// - Parameter own: The values of this rank's share of the items.
  package func gather<Element: BitwiseCopyable & Sendable>(
    _ own: [[Element]], of items: Int
  ) -> [[Element]] {
    let parts = ranks.exchange(pack(own)).map { unpack($0, as: Element.self) }
    return (0..<items).map { parts[$0 % ranks.count][$0 / ranks.count] }
  }
}

/// Returns the lengths and the bytes of `arrays`, one after another.
private func pack<Element: BitwiseCopyable>(_ arrays: [[Element]]) -> Data {
  var data = Data()
  data.reserveCapacity(
    arrays.reduce(0) { $0 + MemoryLayout<Int>.size + $1.count * MemoryLayout<Element>.stride })
  for array in arrays {
    withUnsafeBytes(of: array.count) { data.append(contentsOf: $0) }
    array.withUnsafeBytes { data.append(contentsOf: $0) }
  }
  return data
}

private func unpack<Element: BitwiseCopyable>(_ data: Data, as: Element.Type) -> [[Element]] {
  data.withUnsafeBytes { bytes in
    var arrays: [[Element]] = []
    var start = 0
    while start < bytes.count {
      let count = bytes.loadUnaligned(fromByteOffset: start, as: Int.self)
      start += MemoryLayout<Int>.size
      let end = start + count * MemoryLayout<Element>.stride
      arrays.append(
        [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
          UnsafeMutableRawBufferPointer(buffer).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
          initialized = count
        })
      start = end
    }
    return arrays
  }
}
