import Datasets
import Execution
import Files
import Foundation
import Graphs
import Networks
import Pipeline
import Quantization
import Reconstruction
import TestSupport
import Testing

@Suite("Comparison")
struct ComparisonTests {
  private func comparison(
    targetBits: Double, in folder: URL, model: CheckpointModel? = nil
  ) throws -> Comparison {
    var recipe = QuantizationRecipe(calibrationImages: 20)
    recipe.reconstruction.weightSteps = 2
    let images = try CalibrationSet(
      drawing: 20, from: shapes(20, seed: 1, in: folder), seed: 0, transform: .cifar)
    let evaluator = Evaluator(
      images: try shapes(50, seed: 2, in: folder), transform: .cifar, classes: order,
      workers: Workers(2))
    return try Comparison(
      model: model ?? .shapes(), recipe: recipe, targetBits: targetBits, images: images,
      evaluator: evaluator, workers: Workers(2))
  }

  /// Folders are in the order of their names, the network's classes in that of Shapes.
  private var order: [Int] {
    Shapes.classNames.indices.sorted { Shapes.classNames[$0] < Shapes.classNames[$1] }
  }

  @Test("Only the plan differs between the rows of a pair, only the method between pairs")
  func equalTerms() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(targetBits: 2.5, in: folder)
      let contestants = comparison.contestants
      #expect(
        contestants.map(\.name) == ["nearest", "mixquant+nearest", "brecq", "mixquant+brecq"])
      for pair in [contestants[0...1], contestants[2...3]] {
        let (alone, planned) = (pair[pair.startIndex], pair[pair.startIndex + 1])
        #expect(alone.recipe == planned.recipe)
        #expect(alone.plan == comparison.uniform && planned.plan == comparison.mixQuant)
      }
      var nearest = contestants[2].recipe
      nearest.method = .nearest
      #expect(nearest == contestants[0].recipe)
    }
  }

  @Test(
    "MixQuant gets no more bytes than it is compared with, and wastes at most 0.5 %",
    arguments: [2.0, 2.5, 3.0, 4.0, 8.0])
  func equalBytes(bits: Double) throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(targetBits: bits, in: folder)
      let own = comparison.uniform.payloadBytes(granularity: .perChannel)
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
      let result = try comparison { event in
        if case .trial(.quantizing(.reconstruction(.finished(_, _)))) = event { quantized += 1 }
      }
      #expect(quantized == comparison.model.network.reconstructedUnitCount)
      #expect(
        result.rows.map(\.name) == [
          "full-precision", "nearest", "mixquant+nearest", "brecq", "mixquant+brecq",
        ])
      for (first, second) in [(1, 2), (3, 4)] {
        #expect(result.rows[first].correct1 == result.rows[second].correct1)
        #expect(result.rows[first].seconds == result.rows[second].seconds)
      }
      #expect(result.pValue == 1)
    }
  }

  @Test("The rows are those of the packed files, which are written with plans and table")
  func result() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(targetBits: 3, in: folder)
      let result = try comparison()
      #expect(result.rows.allSatisfy { $0.images == 50 })
      #expect(result.rows[0].kl == 0 && result.rows[0].flips == 0)
      for row in result.rows.dropFirst() {
        #expect(row.kl > 0 && row.bytes == result.files[row.name]?.payloadBytes)
        #expect(row.top1Interval[0] < row.top1 && row.top1 <= row.top1Interval[1])
      }
      let output = folder.appending(path: "out")
      try comparison.write(result, to: output, overwriting: false)
      let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
      #expect(Set(names) == Set(Comparison.fileNames))
      let brecq = try Model(contentsOf: output.appending(path: "brecq.safetensors"))
      let scored = try comparison.evaluator(brecq.classifier).predictions.accuracy
      #expect(scored.correct1 == result.rows[3].correct1)
    }
  }

  @Test("A network at chance is not compared")
  func chance() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let comparison = try comparison(targetBits: 3, in: folder, model: model)
      #expect(inputError { _ = try comparison() }?.what.contains("chance") == true)
    }
  }

  @Test("The JSON has the keys that scripts rely on")
  func summary() throws {
    try withTemporaryFolder { folder in
      let result = try comparison(targetBits: 2, in: folder)()
      let data = Data(json(result.summary).utf8)
      let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(Set(object.keys) == ["rows", "p_value", "skipped_images"])
      let row = try #require((object["rows"] as? [[String: Any]])?.first)
      let keys = ["name", "top1", "correct1", "images", "kl", "bytes", "average_bits", "seconds"]
      #expect(Set(keys).isSubset(of: row.keys))
    }
  }
}
