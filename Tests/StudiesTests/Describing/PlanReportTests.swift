import Files
import KitSupport
import Execution
import Foundation
import MixQuantKit
import Studies
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Plan report")
struct PlanReportTests {
  @Test("A plan for a budget states how much of it is used")
  func filled() throws {
    let planner = Planner(try CheckpointModel.shapes(), context: .serial)
    let report = try PlanReport(planner, goal: .budget(.averageBits(2.5)))
    for word in ["before fill", "raised", "average bits", "size", "first layer 8 bits", "██"] {
      #expect(report.text().contains(word))
    }
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json(report).utf8)) as? [String: Any])
    let keys = [
      "model", "allocator", "rule", "metric", "candidates", "seconds_error_table", "layers",
      "bytes", "raised", "multiplier", "average_bits",
      "average_free_bits", "bits_before_filling", "bytes_before_filling",
    ]
    #expect(Set(object.keys) == Set(keys))
    #expect((object["layers"] as? [Any])?.count == 20)
  }

  @Test("Weights that are exact at 8 bits have infinite ratios, which JSON cannot write as numbers")
  func infiniteRatios() throws {
    try withTemporaryFolder { folder in
      // The grid of 8 bits holds 0, 1 and 255 exactly; no narrower grid holds 1.
      let tensors = CheckpointSketch.tinyWithSubsampling.stateDict { name, shape in
        let values: [Float] = name.hasSuffix("var") ? [1] : [0, 1, 255]
        return Tensor(
          shape: shape, scalars: (0..<shape.count).map { values[$0 % values.count] })
      }
      let planner = Planner(try CheckpointSketch.model(tensors, in: folder), context: .serial)
      let report = try PlanReport(planner, goal: .budget(.averageBits(2.5)))
      #expect(report.text().contains("inf"))
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(json(report).utf8)) as? [String: Any])
      #expect(object["multiplier"] == nil && object["raised"] != nil)
    }
  }
}
