import Checkpoints
import Foundation
import Testing

@Suite("mixq export, verify and classify")
struct ExportCommandTests {
  /// Gives `body` a workplace with `packed.mixq`, made of the trained model.
  private func withPacked(
    _ options: [String] = ["--activation-bits", "8"], _ body: (Workplace) throws -> Void
  ) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        [
          "quantize", "shapes.safetensors", "--calibration", "calibration", "--method", "nearest",
          "--weight-bits", "4", "--calibration-images", "20", "--output", "packed.mixq",
        ] + options)
      try #require(run.code == 0, "\(run.errors)")
      try body(workplace)
    }
  }

  @Test("safetensors: the export scores as the packed file does")
  func safetensors() throws {
    try withPacked([]) { workplace in
      let run = try workplace.mixq(
        "export", "packed.mixq", "out.safetensors", "--format", "safetensors")
      #expect(run.code == 0 && run.output.contains("out.safetensors: safetensors"))
      #expect(run.errors.contains("configuration"))
      try workplace.contents("shapes.json").write(to: workplace.folder.appending(path: "out.json"))
      let scores = try ["packed.mixq", "out.safetensors"].map { file in
        try workplace.mixq("evaluate", file, "--data", "evaluation", "--json")
          .json()["correct1"] as? Int
      }
      #expect(scores[0] != nil && scores[0] == scores[1])
    }
  }

  @Test("json: the encodings")
  func encodings() throws {
    try withPacked { workplace in
      let run = try workplace.mixq("export", "packed.mixq", "out.json", "--format", "json")
      #expect(run.code == 0)
      let object = try JSONSerialization.jsonObject(with: try workplace.contents("out.json"))
      #expect((object as? [String: Any])?["version"] as? String == "1.0.0")
    }
  }

  @Test("onnx: a table of kernels, and verify finds the constants equal")
  func onnx() throws {
    try withPacked { workplace in
      let run = try workplace.mixq("export", "packed.mixq", "out.onnx")
      #expect(run.code == 0 && run.output.contains("integer kernels:"))
      let verified = try workplace.mixq("verify", "packed.mixq", "--against", "out.onnx")
      #expect(verified.code == 0, "\(verified.output)")
      #expect(verified.output.contains("ok    constants"))
    }
  }

  @Test("deploy: the accuracy is that of the exported network")
  func deploy() throws {
    try withPacked { workplace in
      let run = try workplace.mixq(
        "export", "packed.mixq", "out.onnx", "--flavour", "deploy", "--calibration", "calibration",
        "--calibration-images", "16", "--data", "evaluation", "--json")
      #expect(run.code == 0, "\(run.errors)")
      let object = try run.json()
      #expect(object["images"] as? Int == 40 && (object["correct1"] as? Int ?? 0) > 20)
      let layers = try #require(object["layers"] as? [[String: Any]])
      #expect(layers.dropLast().allSatisfy { $0["onnx_runtime"] as? String == "integer" })
    }
  }

  @Test("Flags that do not fit each other are refused with 64, existing outputs with 73")
  func refusals() throws {
    try withPacked { workplace in
      for flags in [
        ["--flavour", "deploy"], ["--calibration", "calibration"],
        ["--format", "json", "--store", "int8"], ["--data", "evaluation"],
      ] {
        let run = try workplace.mixq(["export", "packed.mixq", "out.onnx"] + flags)
        #expect(run.code == 64, "\(flags)")
      }
      try workplace.write("", "out.onnx")
      #expect(try workplace.mixq("export", "packed.mixq", "out.onnx").code == 73)
      #expect(try workplace.mixq("export", "shapes.safetensors", "new.onnx").code == 65)
    }
  }

  @Test("int4 comes with a warning")
  func narrow() throws {
    try withPacked { workplace in
      let run = try workplace.mixq("export", "packed.mixq", "out.onnx", "--store", "int4")
      #expect(run.code == 0 && run.errors.contains("warning"))
    }
  }

  @Test("verify passes a sound file and exits with 1 for a damaged one, naming the tensor")
  func verify() throws {
    try withPacked { workplace in
      let sound = try workplace.mixq(
        "verify", "packed.mixq", "--against", "shapes.safetensors", "--data", "evaluation")
      #expect(sound.code == 0 && !sound.output.contains("FAIL"), "\(sound.output)")
      var bytes = try workplace.contents("packed.mixq")
      bytes[bytes.count - 5] ^= 1
      try bytes.write(to: workplace.folder.appending(path: "packed.mixq"))
      let damaged = try workplace.mixq("verify", "packed.mixq")
      #expect(damaged.code == 1 && damaged.output.contains("FAIL"))
      #expect(damaged.output.contains("does not match its SHA-256"))
      let opened = try workplace.mixq("evaluate", "packed.mixq", "--data", "evaluation")
      #expect(opened.code == 65 && opened.errors.contains("does not match its SHA-256"))
    }
  }

  @Test("classify prints a line or a JSON object for each image")
  func classify() throws {
    try withPacked { workplace in
      let folder = workplace.folder.appending(path: "evaluation")
      let pictures = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".png") }.sorted().prefix(2).map { "evaluation/\($0)" }
      try #require(pictures.count == 2)
      for model in ["shapes.safetensors", "packed.mixq"] {
        let text = try workplace.mixq(["classify", model] + pictures)
        #expect(text.code == 0 && text.output.split(separator: "\n").count == 2)
        #expect(text.output.contains(" ms)"))
        let lines = try workplace.mixq(["classify", model, "--json"] + pictures).output
          .split(separator: "\n")
        for (line, picture) in zip(lines, pictures) {
          let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          let top = object?["top"] as? [[String: Any]]
          #expect(object?["image"] as? String == picture && top?.count == 5)
          let probabilities = top?.compactMap { $0["probability"] as? Double } ?? []
          #expect(probabilities == probabilities.sorted(by: >))
        }
      }
      let missing = #"{"label_names": ["a", "b"], "label_descriptions": {"a": "A"}}"#
      try workplace.write(missing, "random.json")
      let unnamed = try workplace.mixq(["classify", "random.safetensors"] + pictures)
      #expect(unnamed.code == 0 && unnamed.output.contains("class "))
      let absent = try workplace.mixq("classify", "packed.mixq", "nothing.png")
      #expect(absent.code == 66 && absent.output.isEmpty)
    }
  }
}
