import Files
import KitSupport
import Datasets
import Execution
import Foundation
import MixQuantKit
import TestSupport
import Testing

@Suite("Evaluation result")
struct EvaluationResultTests {
  private func result(_ folder: URL) throws -> EvaluationResult {
    _ = try shapes(30, seed: 5, in: folder)
    let url = SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors")
    return try EvaluationSubject(
      model: Model(contentsOf: url), url: url, data: folder.appending(path: "shapes-5"),
      flags: .init(), skipBadImages: false, context: .serial
    ).evaluate()
  }

  @Test("The JSON has the keys that scripts rely on")
  func summary() throws {
    try withTemporaryFolder { folder in
      let data = Data(json(try result(folder).summary).utf8)
      let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      let keys = [
        "top1", "top5", "images", "correct1", "correct5", "images_per_second", "transform",
        "top1_interval", "skipped_images", "engine", "decoding_seconds", "processor_seconds",
      ]
      #expect(Set(object.keys) == Set(keys))
      #expect(object["images"] as? Int == 30)
    }
  }

  @Test("Percentages have two decimals")
  func text() throws {
    try withTemporaryFolder { folder in
      let text = try result(folder).text
      #expect(text.contains(/top-1 \d+\.\d\d % \[\d+\.\d\d, \d+\.\d\d\]  top-5 \d+\.\d\d %/))
      #expect(
        text.contains(/\d+\.\d\d ms of processor time per image, \d+\.\d\d ms of it for decoding/))
      #expect(text.contains(/\* Acc@1 \d+\.\d\d \(\d+\.\d\d\) Acc@5 \d+\.\d\d \(\d+\.\d\d\)$/))
    }
  }

  @Test("Predictions are a table: a heading, then one row per image with as many cells")
  func predictionsTable() throws {
    try withTemporaryFolder { folder in
      let result = try result(folder)
      let lines = result.predictionsTable.split(separator: "\n").map {
        $0.split(separator: "\t", omittingEmptySubsequences: false)
      }
      #expect(lines.count == 31 && lines.allSatisfy { $0.count == 8 })
      for (line, answer) in zip(lines.dropFirst(), result.answers.classes) {
        #expect(line[2] == "\(answer)" && line[3].hasPrefix("\(answer):"))
      }
    }
  }
}
