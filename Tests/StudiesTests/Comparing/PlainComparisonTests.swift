import Graphs
import KitSupport
import Datasets
import Execution
import Files
import Foundation
import Networks
import MixQuantKit
import Quantization
import Reconstruction
import TestSupport
import Testing

@testable import Studies

@Suite("Plain comparison")
struct PlainComparisonTests {
  private func comparison(
    targetBits: Double, in folder: URL, model: CheckpointModel? = nil
  ) throws -> PlainComparison {
    try PlainComparison(
      experiment(
        allocators: ["two-width", "mixquant"], targetBits: targetBits, seeds: [0], in: folder,
        model: model))
  }

  private static let names = [
    "full-precision", "nearest", "mixquant+nearest", "brecq", "mixquant+brecq",
  ]

  @Test(
    "MixQuant gets no more bytes than it is compared with, and wastes at most 0.5 %",
    arguments: [2.0, 2.5, 3.0, 4.0, 8.0])
  func equalBytes(bits: Double) throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(targetBits: bits, in: folder)
      let own = comparison.alone.payloadBytes(granularity: .perChannel)
      let other = comparison.mixQuant.payloadBytes(granularity: .perChannel)
      #expect(other <= own && Double(own - other) <= 0.005 * Double(own))
    }
  }

  @Test("At 2 bits there is no choice: it is said, and the second of each pair is the first again")
  func equalPlans() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(targetBits: 2, in: folder)
      #expect(comparison.plansAreEqual)
      #expect(comparison.introduction.contains { $0.contains("both plans are the same") })
      var quantized = 0
      let outcome = try comparison(store: ResultStore(folder: nil)) { event in
        if case .trial(.quantizing(.reconstruction(.finished))) = event { quantized += 1 }
      }
      #expect(quantized == comparison.experiment.model.network.reconstructedUnitCount)
      let rows = outcome.table.rows
      #expect(rows.map(\.name) == Self.names)
      for (first, second) in [(1, 2), (3, 4)] {
        #expect(rows[first].correct1 == rows[second].correct1)
        #expect(rows[first].seconds == rows[second].seconds)
      }
      #expect(outcome.table.pValue == 1)
    }
  }

  @Test("The rows are those of the packed files, which are written with plans and table")
  func result() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(targetBits: 3, in: folder)
      let outcome = try comparison(store: ResultStore(folder: nil))
      let rows = outcome.table.rows
      #expect(rows.map(\.name) == Self.names && rows.allSatisfy { $0.images == 40 })
      #expect(rows[0].kl == 0 && rows[0].flips == 0)
      for row in rows.dropFirst() {
        #expect(row.kl > 0 && row.bytes == outcome.files[row.name]?.payloadBytes)
        #expect(row.top1Interval[0] < row.top1 && row.top1 <= row.top1Interval[1])
      }
      let output = folder.appending(path: "out")
      try comparison.write(
        outcome, to: output, overwriting: false, store: ResultStore(folder: nil))
      let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
      #expect(Set(names) == Set(PlainComparison.fileNames(of: comparison.experiment.design)))
      let brecq = try Model(contentsOf: output.appending(path: "brecq.safetensors"))
      let scored = try comparison.experiment.evaluator(brecq.classifier).predictions.accuracy
      #expect(scored.correct1 == rows[3].correct1)
    }
  }

  @Test("A network at chance is not compared")
  func chance() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let comparison = try comparison(targetBits: 3, in: folder, model: model)
      let error = inputError { _ = try comparison(store: ResultStore(folder: nil)) }
      #expect(error?.what.contains("chance") == true)
    }
  }

  @Test("The JSON has the keys that scripts rely on")
  func summary() throws {
    try withTemporaryFolder { folder in
      let outcome = try comparison(targetBits: 2, in: folder)(
        store: ResultStore(folder: nil))
      let data = Data(json(outcome.table, keys: .convertToSnakeCase).utf8)
      let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(Set(object.keys) == ["rows", "p_value", "skipped_images"])
      let row = try #require((object["rows"] as? [[String: Any]])?.first)
      let keys = ["name", "top1", "correct1", "images", "kl", "bytes", "average_bits", "seconds"]
      #expect(Set(keys).isSubset(of: row.keys))
    }
  }
}
