import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@Suite("ONNX files as MODEL")
struct ONNXCommandTests {
  @Test("inspect names the format, the depth and every layer, and hashes the file")
  func inspect() throws {
    try withWorkplace { workplace in
      try workplace.addONNXModel()
      let object = try workplace.mixq("inspect", "shapes.onnx", "--json").json()
      #expect(object["format"] as? String == "ONNX")
      #expect(object["architecture"] as? String == "residual network of depth 20, 9 blocks")
      #expect(object["classes"] as? Int == 10 && (object["layers"] as? [Any])?.count == 20)
      let digest = SHA256.hexDigest(of: try workplace.contents("shapes.onnx"))
      #expect(object["sha256"] as? String == digest)
    }
  }

  @Test("evaluate scores the network as it scores its checkpoint")
  func evaluate() throws {
    try withWorkplace { workplace in
      try workplace.addONNXModel()
      let scores = try ["shapes.onnx", "shapes.safetensors"].map { model in
        try workplace.mixq("evaluate", model, "--data", "evaluation", "--json", "--quiet").json()
      }
      for key in ["correct1", "correct5", "images"] {
        #expect(scores[0][key] as? Int == scores[1][key] as? Int, "\(key)")
      }
    }
  }

  @Test("plan and quantize give the plan and the codes of the checkpoint")
  func quantize() throws {
    try withWorkplace { workplace in
      try workplace.addONNXModel()
      let models = ["shapes.onnx", "shapes.safetensors"]
      let plans = try models.map {
        try workplace.mixq("plan", $0, "--target-bits", "3", "--json", "--quiet").json()
      }
      let layers = plans.map { $0["layers"] as? NSArray }
      #expect(layers[0] != nil && layers[0] == layers[1])
      for name in models {
        let run = try workplace.mixq(
          "quantize", name, "--calibration", "calibration", "--calibration-images", "20",
          "--method", "nearest", "--output", "\(name).mixq")
        #expect(run.code == 0, "\(run.errors)")
      }
      let packed = try ["shapes.onnx", "shapes.safetensors"].map {
        try SafetensorsFile.read(workplace.folder.appending(path: "\($0).mixq"))
      }
      #expect(packed[0].entries == packed[1].entries)
      let digest = SHA256.hexDigest(of: try workplace.contents("shapes.onnx"))
      #expect(packed[0].metadata["mixq.provenance"]?.contains(digest) == true)
    }
  }

  @Test("BRECQ reconstructs the units that the sums show")
  func brecq() throws {
    try withWorkplace { workplace in
      try workplace.addONNXModel()
      let run = try workplace.mixq(
        "quantize", "shapes.onnx", "--calibration", "calibration", "--calibration-images", "20",
        "--steps", "5", "--batch", "10", "--output", "q.safetensors", "--json", "--quiet")
      #expect(run.code == 0, "\(run.errors)")
      let units = try run.json()["units"] as? [[String: Any]] ?? []
      let names = units.compactMap { $0["unit"] as? String }
      #expect(names.count == 10)
      #expect(names.prefix(2) == ["layer1.0", "layer1.1"])
    }
  }

  @Test("External data count in the digest, and a damaged file is refused")
  func externalData() throws {
    try withWorkplace { workplace in
      try workplace.addONNXModelWithExternalData()
      let object = try workplace.mixq("inspect", "far.onnx", "--json").json()
      #expect(object["format"] as? String == "ONNX with external data")
      let bytes = try workplace.contents("far.onnx") + workplace.contents("far.bin")
      #expect(object["sha256"] as? String == SHA256.hexDigest(of: bytes))
      try workplace.contents("far.bin").prefix(1000)
        .write(to: workplace.folder.appending(path: "far.bin"))
      let cut = try workplace.mixq("inspect", "far.onnx")
      #expect(cut.code == 65 && cut.errors.contains("extend beyond the end of far.bin"))
      try workplace.remove("far.bin")
      let missing = try workplace.mixq("inspect", "far.onnx")
      #expect(missing.code == 66 && missing.errors.contains("far.bin, which is missing"))
    }
  }

  @Test("Metadata give class names and the transform")
  func metadata() throws {
    try withWorkplace { workplace in
      let names = (0..<10).map { "\"class \($0)\"" }.joined(separator: ",")
      let transform =
        #"{"resize":40,"crop":32,"interpolation":"bicubic","mean":[0.5,0.5,0.5],"#
        + #""std":[0.5,0.5,0.5]}"#
      try workplace.addONNXModel(metadata: [
        .init("labels", "[\(names)]"), .init("mixq.transform", transform),
      ])
      try workplace.remove("shapes.json")
      let object = try workplace.mixq("inspect", "shapes.onnx", "--json").json()
      let text = try #require(object["transform"] as? String)
      #expect(text.hasPrefix("resize 40 bicubic, centre crop 32, mean 0.5 0.5 0.5"))
      #expect(text.hasSuffix("(from the metadata of the ONNX file)"))
      #expect((object["notes"] as? [String])?.isEmpty == true)
    }
  }

  @Test("Options about checkpoints are refused: the graph fixes what they set")
  func options() throws {
    try withWorkplace { workplace in
      try workplace.addONNXModel()
      let run = try workplace.mixq("inspect", "shapes.onnx", "--bn-eps", "1e-3")
      #expect(run.code == 64 && run.errors.contains("the graph in an ONNX file already fixes"))
    }
  }

  @Test("A quantized model exits with 65 and advice")
  func quantized() throws {
    try withWorkplace { workplace in
      let file = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/ONNX/quantized.onnx")
      let run = try workplace.mixq("inspect", file.path)
      #expect(run.code == 65)
      #expect(run.errors.contains("'input_q' (QuantizeLinear): the model is quantized already"))
      #expect(run.errors.contains("give the full-precision model from which it was made"))
    }
  }
}
