import Foundation
import Testing

@Suite("mixq plan")
struct PlanCommandTests {
  @Test("The table has a bar for every layer, the rule and both averages")
  func text() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("plan", "shapes.safetensors", "--target-bits", "2.5")
      #expect(run.code == 0 && run.errors.isEmpty)
      for word in ["layer1.0.conv1", "██", "first layer 8 bits", "before fill", "raised"] {
        #expect(run.output.contains(word), "\(word)")
      }
      #expect(
        run.output.contains(/average bits  2\.\d+ over the layers the plan may change, 2\.\d+/))
    }
  }

  @Test(
    "Every goal and metric gives JSON with the plan",
    arguments: [
      "--error-multiplier 3", "--target-bits 3.5", "--target-size 120000", "--metric rmse",
      "--metric mse --error-on folded --error-quantizer same",
    ])
  func json(flags: String) throws {
    try withWorkplace { workplace in
      let arguments = ["plan", "shapes.safetensors", "--json"]
      let object = try workplace.mixq(arguments + flags.split(separator: " ").map(String.init))
        .json()
      for key in ["rule", "metric", "layers", "bytes", "average_bits", "average_free_bits"] {
        #expect(object[key] != nil, "\(key)")
      }
      #expect((object["layers"] as? [[String: Any]])?.first?["bits"] as? Int == 8)
    }
  }

  @Test("A plan is written, edited by hand, and fed back")
  func roundTrip() throws {
    try withWorkplace { workplace in
      let plan = ["plan", "shapes.safetensors", "--target-bits", "3", "--output", "plan.json"]
      #expect(try workplace.mixq(plan).code == 0)
      #expect(try workplace.mixq(plan).code == 73)
      #expect(try workplace.mixq(plan + ["--force"]).code == 0)

      let text = String(decoding: try workplace.contents("plan.json"), as: UTF8.self)
      let edited = text.replacing(
        /"layer1.0.conv1", "bits": \d/, with: #""layer1.0.conv1", "bits": 7"#)
      #expect(edited != text)
      try workplace.write(edited, "plan.json")
      let quantize = [
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--method", "nearest", "--plan", "plan.json", "--output", "q.safetensors",
      ]
      #expect(try workplace.mixq(quantize).code == 0)
      let layers = try workplace.mixq("inspect", "q.safetensors", "--json").json()["layers"]
      let layer = try #require(
        (layers as? [[String: Any]])?.first {
          $0["name"] as? String == "layer1.0.conv1"
        })
      #expect(layer["bits"] as? Int == 7)
    }
  }

  @Test("A plan of another network, or one that is not a plan, exits with 65")
  func misfits() throws {
    try withWorkplace { workplace in
      #expect(try workplace.mixq("plan", "random.safetensors", "--output", "other.json").code == 0)
      try workplace.write("[]", "broken.json")
      for name in ["other.json", "broken.json"] {
        let run = try workplace.mixq(
          "quantize", "shapes.safetensors", "--calibration", "calibration",
          "--calibration-images", "20", "--plan", name, "--output", "q.safetensors")
        #expect(run.code == 65 && run.errors.contains(name))
      }
      #expect(try !workplace.names().contains("q.safetensors"))
    }
  }
}
