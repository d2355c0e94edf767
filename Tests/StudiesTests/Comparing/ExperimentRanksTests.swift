import Execution
import Foundation
import MixQuantKit
import Quantization
import Studies
import TestSupport
import Testing

@Suite("Ranks share the cells of an experiment")
struct ExperimentRanksTests {
  /// What decides a report, without times.
  private static func facts(_ result: ExperimentResult) -> [String] {
    result.finished.flatMap { cell, score in
      [cell.description, "\(score.plan.bitWidths)", "\(score.bytes)", "\(score.answers)"]
        + score.divergences.map { String($0.bitPattern) } + score.units.map { "\($0)" }
    }
  }

  @Test("All ranks get the scores of one process, in its order", arguments: [2, 4])
  func sameScores(count: Int) throws {
    try withTemporaryFolder { folder in
      let one = try run(experiment(in: folder), folder: folder.appending(path: "one"))
      let kept = folder.appending(path: "many")
      let results = withRanks(count) { ranks in
        Result {
          let experiment = try experiment(in: folder, ranks: ranks)
          return try experiment(store: ResultStore(folder: kept, ranks: ranks))
        }
      }
      for result in results { #expect(try Self.facts(result.get()) == Self.facts(one.result)) }
      // The first rank kept everything: one process finds nothing left to do.
      let again = try run(experiment(in: folder), folder: kept)
      #expect(again.fresh.isEmpty && Self.facts(again.result) == Self.facts(one.result))
    }
  }

  @Test("Ranks resume what one process began")
  func resumes() throws {
    try withTemporaryFolder { folder in
      let kept = folder.appending(path: "kept")
      _ = try run(experiment(seeds: [4], in: folder), folder: kept)
      let results = withRanks(3) { ranks in
        Result {
          let experiment = try experiment(in: folder, ranks: ranks)
          return try experiment(store: ResultStore(folder: kept, ranks: ranks))
        }
      }
      let one = try run(experiment(in: folder))
      for result in results { #expect(try Self.facts(result.get()) == Self.facts(one.result)) }
    }
  }
}
