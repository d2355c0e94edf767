import Foundation
import TestSupport
import Testing

@Suite("JSON of every command")
struct JSONSchemaTests {
  private static let calibration = ["--calibration", "calibration", "--calibration-images", "20"]
  private static let quantize =
    ["quantize", "shapes.safetensors", "--method", "gptq", "--output", "q.mixq"] + calibration
  private static let compare =
    [
      "compare", "shapes.safetensors", "--data", "evaluation", "--target-bits", "3", "--limit",
      "20",
    ] + calibration

  /// A command line for every kind of result; `q.mixq` is a packed file, `e` an experiment.
  private static let commands: [(kind: String, words: [String])] = [
    ("inspect", ["inspect", "q.mixq"]), ("inspect", ["inspect", "shapes.safetensors"]),
    ("evaluate", ["evaluate", "q.mixq", "--data", "evaluation", "--calibration", "calibration"]),
    ("plan", ["plan", "shapes.safetensors"]),
    ("plan", ["plan", "shapes.safetensors", "--target-bits", "3", "--allocator", "two-width"]),
    ("quantize", quantize + ["--force", "--data", "evaluation", "--limit", "20"]),
    ("quantize-outline", quantize + ["--force", "--dry-run"]),
    (
      "search",
      quantize + [
        "--force", "--data", "evaluation", "--limit", "20", "--max-drop", "90", "--allocator",
        "two-width",
      ]
    ),
    (
      "search-outline",
      quantize + [
        "--force", "--data", "evaluation", "--max-drop", "9", "--allocator", "two-width",
        "--dry-run",
      ]
    ),
    ("compare", compare + ["--steps", "1", "--batch", "4"]),
    ("compare-outline", compare + ["--dry-run"]),
    (
      "compare-outline",
      compare + ["--target-activation-bits", "5", "--activation-candidates", "4,8", "--dry-run"]
    ),
    (
      "compare",
      compare + ["--allocators", "two-width,mixquant,random", "--methods", "nearest", "-o", "e"]
    ),
    ("compare", ["verdict", "e"]),
    ("export", ["export", "q.mixq", "q.onnx"]),
    ("export", ["export", "q.mixq", "q.safetensors", "--format", "safetensors"]),
    ("verify", ["verify", "q.mixq", "--against", "shapes.safetensors"]),
    ("view", ["view", "q.mixq"]),
    ("view", ["view", "q.mixq", "--data", "evaluation", "--times", "--force"]),
    ("doctor", ["doctor"]), ("shapes", ["shapes", "--output", "s", "--count", "10"]),
    (
      "bench-inference",
      ["bench", "inference", "--size", "32", "--batch", "1", "--runs", "1"]
    ),
    ("bench-images", ["bench", "images", "--data", "evaluation", "--limit", "4", "--runs", "1"]),
    ("bench-brecq", ["bench", "brecq", "--size", "32", "--batch", "2", "--steps", "1"]),
  ]

  private func validator() throws -> SchemaValidator {
    try SchemaValidator(
      Data(
        contentsOf: SharedFiles.projectRoot.appending(path: "Docs/Guide/mixq.schema.json")))
  }

  @Test("Every result is valid by the schema, which describes every key")
  func valid() throws {
    let validator = try validator()
    try withWorkplace { workplace in
      #expect(try workplace.mixq(Self.quantize + ["--quiet"]).code == 0)
      for (kind, words) in Self.commands {
        let isDone = words.first == "export"
        let run = try workplace.mixq(words + ["--json"] + (isDone ? ["--force"] : []))
        #expect(run.code == 0, "\(words): \(run.errors)")
        let faults = validator.faults(of: try run.json(), by: kind)
        #expect(faults.isEmpty, "\(words): \(faults.prefix(5))")
      }
      let picture = try #require(
        FileManager.default.subpaths(atPath: workplace.folder.appending(path: "evaluation").path)?
          .first { $0.hasSuffix(".png") })
      let line = try workplace.mixq(
        "classify", "q.mixq", "evaluation/\(picture)", "--json", "--quiet")
      #expect(validator.faults(of: try line.json(), by: "classify").isEmpty)
    }
  }

  @Test("Every kind of result has a command that tests it, and is on the page about JSON")
  func complete() throws {
    let tested = Set(Self.commands.map(\.kind)).union(["classify"])
    let described = try validator().results
    #expect(described == tested)
    let page = try String(
      contentsOf: SharedFiles.projectRoot.appending(path: "Docs/Guide/JSON.md"), encoding: .utf8)
    for kind in tested { #expect(page.contains("`\(kind)`"), "\(kind)") }
  }

  @Test("A result names its schema, the program, and the hash of the model")
  func provenance() throws {
    try withWorkplace { workplace in
      let object = try workplace.mixq("inspect", "shapes.safetensors", "--json").json()
      #expect(object["schema"] as? String == "mixq.inspect/1")
      let tool = try #require(object["tool"] as? [String: String])
      #expect(Set(tool.keys) == ["version", "kernels", "blas"])
      let inputs = try #require(object["inputs"] as? [[String: String]])
      #expect(inputs.first?["role"] == "model")
      #expect(inputs.first?["sha256"] == object["sha256"] as? String)
    }
  }

  @Test("Faults are found: a missing key, one that is not described, and a wrong type")
  func faults() throws {
    let validator = try validator()
    try withWorkplace { workplace in
      var object = try workplace.mixq("shapes", "--output", "s", "--count", "10", "--json").json()
      #expect(validator.faults(of: object, by: "shapes").isEmpty)
      object["images"] = "ten"
      object["imageCount"] = 10
      object["schema"] = nil
      #expect(validator.faults(of: object, by: "shapes").count == 3)
    }
  }
}
