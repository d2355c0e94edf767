import Foundation
import Testing

@Suite("mixq plan")
struct PlanCommandTests {
  @Test("The table has a bar for every layer, the rule and both averages")
  func text() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("plan", "shapes.safetensors", "--target-bits", "2.5")
      #expect(run.code == 0, "\(run.errors)")
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

  @Test(
    "Every allocator plans within every budget, on images where it needs them",
    arguments: [
      "uniform", "two-width", "two-width-reverse", "mixquant", "mixquant-weighted", "greedy",
      "random",
    ], ["--target-bits 2.5", "--max-bytes 120000", "--max-bit-operations 7000000000"])
  func allocators(name: String, goal: String) throws {
    try withWorkplace { workplace in
      let flags = "--allocator \(name) \(goal) --calibration calibration --candidates 2,3,4,8"
      let arguments = ["plan", "shapes.safetensors", "--json", "--quiet"]
      let object = try workplace.mixq(arguments + flags.split(separator: " ").map(String.init))
        .json()
      #expect(object["allocator"] as? String == name)
      #expect(object["seconds_error_table"] as? Double != nil)
      let layers = try #require(object["layers"] as? [[String: Any]])
      #expect(layers.allSatisfy { [2, 3, 4, 8].contains($0["bits"] as? Int) })
      if goal.contains("bytes") { #expect((object["bytes"] as? Int ?? .max) <= 120_000) }
      if goal.contains("operations") {
        #expect((object["bit_operations"] as? Int ?? .max) <= 7_000_000_000)
      }
    }
  }

  @Test("The rounding method changes the table of mixquant-weighted and of no other allocator")
  func method() throws {
    try withWorkplace { workplace in
      func layers(_ allocator: String, _ method: String) throws -> NSArray {
        let flags =
          "plan shapes.safetensors --allocator \(allocator) --method \(method) --target-bits 2.5"
          + " --calibration calibration --calibration-images 20 --json --quiet"
        let object = try workplace.mixq(flags.split(separator: " ").map(String.init)).json()
        return try #require(object["layers"] as? NSArray)
      }
      let weighted = try ["nearest", "gptq", "brecq"].map {
        try layers("mixquant-weighted", $0)
      }
      #expect(weighted[0] != weighted[2] && weighted[1] == weighted[2])
      #expect(try layers("mixquant", "nearest") == layers("mixquant", "brecq"))
    }
  }

  @Test("A pin fixes the layers that its pattern names, and one that names none is refused")
  func pins() throws {
    try withWorkplace { workplace in
      let plan = ["plan", "shapes.safetensors", "--target-bits", "3"]
      let run = try workplace.mixq(plan + ["--pin", "layer3.*=6", "--pin", "conv1=4"])
      #expect(run.output.contains("pinned        conv1=4 layer3.0.conv1=6"))
      let all = try workplace.mixq(plan + ["--pin", "*=6"])
      #expect(all.code == 64 && all.errors.contains("nothing is left to plan"))
      let refused = try workplace.mixq(plan + ["--pin", "layer3.0.conv7=6"])
      #expect(refused.code == 64 && refused.errors.contains("layer3.0.conv7=6"))
      #expect(refused.errors.contains("layer3.0.conv1"))
      #expect(try workplace.mixq(plan + ["--pin", "layer3.*"]).code == 64)
    }
  }

  @Test(
    "A missing requirement of an allocator is an error of use",
    arguments: [
      "--allocator greedy --target-bits 3", "--allocator uniform",
      "--allocator uniform --error-multiplier 3", "--target-bits 3 --max-bytes 5",
      "--target-bits 3 --candidates 2,9", "--target-bits 3 --candidates ,", "--max-bytes 10",
      "--allocator uniform --target-bits 3 --activation-candidates 4,9 --target-activation-bits 5",
      "--allocator uniform --target-bits 3 --activation-candidates 4,6 --target-activation-bits 3",
      "--allocator uniform --target-bits 3 --activation-candidates 4,6",
      "--allocator uniform --max-bit-operations 9 --activation-candidates 4,6",
      "--allocator uniform --max-bit-operations 900000000 --target-activation-bits 5",
      "--allocator uniform --target-bits 3 --target-activation-bits 5 --activation-bits 4",
      "--allocator uniform --target-bits 3 --target-activation-bits 5 --pin-activation fc=8",
      "--allocator uniform --target-bits 3 --target-activation-bits 9",
      "--target-bits 3 --target-activation-bits 5",
    ])
  func refused(flags: String) throws {
    try withWorkplace { workplace in
      let arguments = ["plan", "shapes.safetensors"]
      let run = try workplace.mixq(arguments + flags.split(separator: " ").map(String.init))
      #expect(run.code == 64 && !run.errors.isEmpty && run.output.isEmpty)
    }
  }

  @Test("Activations are planned, quantized as planned, and shown by inspect")
  func activations() throws {
    try withWorkplace { workplace in
      let shared = ["--calibration", "calibration", "--calibration-images", "20", "--quiet"]
      let flags =
        "plan shapes.safetensors --allocator mixquant-weighted --target-bits 3 --json"
        + " --activation-candidates 4,6,8 --target-activation-bits 5 --output plan.json"
        + " --pin-activation layer3.*=6"
      let object = try workplace.mixq(flags.split(separator: " ").map(String.init) + shared).json()
      let planned = try #require(object["activations"] as? [[String: Any]])
      #expect(planned.count == 19 && planned.first?["bits"] as? Int == 8)
      #expect(planned.allSatisfy { [4, 6, 8].contains($0["bits"] as? Int) })
      #expect(object["average_free_activation_bits"] as? Double ?? 9 <= 5)

      let quantize =
        ["quantize", "shapes.safetensors", "--method", "nearest", "--plan", "plan.json"] + shared
      #expect(try workplace.mixq(quantize + ["--output", "q.safetensors"]).code == 0)
      let sites = try workplace.mixq("inspect", "q.safetensors", "--json").json()["activations"]
      let widths = try #require(sites as? [[String: Any]]).map { $0["bits"] as? Int }
      #expect(widths == planned.map { $0["bits"] as? Int })
      #expect(try workplace.mixq("evaluate", "q.safetensors", "--data", "evaluation").code == 0)

      let twice = quantize + ["--activation-bits", "4", "--output", "r.safetensors"]
      let refused = try workplace.mixq(twice)
      #expect(refused.code == 64 && refused.errors.contains("--activation-bits 4"))
    }
  }

  @Test("Weights and activations share a budget of bit-operations")
  func sharedBitOperations() throws {
    try withWorkplace { workplace in
      let flags =
        "plan shapes.safetensors --allocator mixquant-weighted --activation-candidates 4,6,8"
        + " --max-bit-operations 700000000 --calibration calibration --quiet"
      let arguments = flags.split(separator: " ").map(String.init)
      let object = try workplace.mixq(arguments + ["--json"]).json()
      #expect((object["bit_operations"] as? Int ?? .max) <= 700_000_000)
      let text = try workplace.mixq(arguments).output
      for word in ["after every ReLU as planned", "activations   ", "layer3.2.conv1"] {
        #expect(text.contains(word), "\(word)")
      }
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
