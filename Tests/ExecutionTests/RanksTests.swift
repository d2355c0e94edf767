import Execution
import Foundation
import TestSupport
import Testing

@Suite("Ranks share items")
struct RanksTests {
  @Test("Every item has one rank", arguments: [1, 2, 3, 4], [0, 1, 5, 12])
  func shares(count: Int, items: Int) {
    let shares = (0..<count).map { rank in
      Ranks(rank: rank, count: count) { [$0] }.share(of: items)
    }
    #expect(shares.flatMap { $0 }.sorted() == Array(0..<items))
  }

  @Test("Mapped values come to every rank in the order of the items", arguments: [1, 2, 3, 4])
  func order(count: Int) {
    let items = 11
    let expected = (0..<items).map { item in (0..<item).map { Double($0) / 3 } }
    let results = withRanks(count) { ranks in
      Context(threads: 2, ranks: ranks).mapOverRanks(items) { item in
        (0..<item).map { Double($0) / 3 }
      }
    }
    #expect(results == [[[Double]]](repeating: expected, count: count))
  }

  @Test("All ranks get the data of the first one")
  func fromFirst() {
    let results = withRanks(3) { ranks in ranks.fromFirst { Data([UInt8(ranks.rank), 7]) } }
    #expect(results == [Data](repeating: Data([0, 7]), count: 3))
  }

  @Test("One process is the first of one rank and exchanges data with itself")
  func alone() {
    #expect(Ranks.alone.isFirst && Ranks.alone.exchange(Data([1])) == [Data([1])])
    #expect(Context.serial.ranks == .alone)
    let shared = Context(threads: 2, ranks: Ranks(rank: 1, count: 2) { [$0, $0] })
    #expect(shared.alone.ranks == .alone && shared.alone.threads == 2)
  }
}
