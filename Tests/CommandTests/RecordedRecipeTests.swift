import Foundation
import TestSupport
import Testing

@Suite("Recipes of packed files")
struct RecordedRecipeTests {
  private let paths = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--output",
  ]

  @Test(
    "The recipe that inspect prints gives the same bytes",
    arguments: [
      ["--method", "gptq", "--weight-bits", "3", "--first-bits", "4", "--bn-eps", "1e-4"],
      [
        "--method", "brecq", "--recipe", "quick", "--steps", "3", "--batch", "8", "--target-bits",
        "2.5", "--pin", "conv1=5", "--allocator", "two-width", "--seed", "7",
      ],
      [
        "--method", "brecq", "--steps", "3", "--activation-steps", "3", "--batch", "8", "--loss",
        "fisher", "--activation-bits", "4", "--activation-range", "percentile:99.9", "--mean",
        "0.5,0.5,0.5", "--range", "min-max",
      ],
      ["--method", "nearest", "--symmetry", "asymmetric", "--granularity", "per-tensor"],
    ])
  func sameBytes(options: [String]) throws {
    try withWorkplace { workplace in
      let made = try workplace.mixq(
        paths + ["a.mixq", "--calibration-images", "20", "--quiet"] + options)
      #expect(made.code == 0, "\(made.errors)")
      let printed = try workplace.mixq("inspect", "--recipe", "a.mixq")
      #expect(printed.code == 0 && printed.errors.contains("mixq quantize MODEL --recipe-file"))
      try workplace.write(printed.output, "recipe.json")
      let again = try workplace.mixq(paths + ["b.mixq", "--recipe-file", "recipe.json"])
      #expect(again.code == 0, "\(again.errors)")
      let (first, second) = (try workplace.contents("a.mixq"), try workplace.contents("b.mixq"))
      #expect(first == second)
    }
  }

  @Test("A recipe does not list what did not run")
  func whatRan() throws {
    try withWorkplace { workplace in
      let made = try workplace.mixq(
        paths + [
          "a.mixq", "--calibration-images", "20", "--steps", "2", "--batch", "8", "--quiet",
        ])
      #expect(made.code == 0)
      let object = try workplace.mixq("inspect", "--recipe", "a.mixq").json()
      let options = try #require(object["options"] as? [String: Any])
      #expect(options["steps"] as? Int == 2)
      for absent in ["activation-steps", "activation-range", "activation-bits"] {
        #expect(options[absent] == nil)
      }
    }
  }

  @Test("A checkpoint has no recipe: 65 and the reason")
  func checkpoint() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("inspect", "--recipe", "shapes.safetensors")
      #expect(run.code == 65 && run.errors.contains("no recipe made"))
    }
  }
}

@Suite("Recipes of the published tables")
struct PublishedRecipeTests {
  private static let folder = SharedFiles.projectRoot.appending(path: "Models/recipes")
  private static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? []

  private struct Recipe {
    let command: String
    let options: [String: Any]

    init(_ name: String) throws {
      let data = try Data(contentsOf: PublishedRecipeTests.folder.appending(path: name))
      let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      command = try #require(object["command"] as? String)
      options = try #require(object["options"] as? [String: Any])
    }

    /// The options that must be stated so that no default decides the result.
    var needed: Set<String> {
      var needed: Set = ["granularity", "symmetry", "range", "seed"]
      let methods = "\(options["methods"] ?? options["method"] ?? "nearest,brecq")"
      if command != "plan" {
        needed.insert("calibration-images")
        if methods.contains("brecq") {
          needed.formUnion(["recipe", "steps", "batch", "loss", "start"])
        }
      }
      if command != "quantize" || options["max-drop"] != nil {
        needed.formUnion(["metric", "error-on", "error-quantizer"])
      }
      if options["activation-bits"] != nil { needed.insert("activation-range") }
      if options["activation-bits"] != nil, methods.contains("brecq") {
        needed.insert("activation-steps")
      }
      if options["allocators"] != nil { needed.formUnion(["methods", "seeds", "target-bits"]) }
      return needed
    }
  }

  @Test("Docs/Results.md names every recipe")
  func named() throws {
    let page = try String(
      contentsOf: SharedFiles.projectRoot.appending(path: "Docs/Results.md"), encoding: .utf8)
    #expect(Self.names.count == 15)
    for name in Self.names { #expect(page.contains("recipes/\(name)"), "\(name)") }
  }

  @Test("A recipe states every option that decides its result", arguments: names)
  func complete(name: String) throws {
    let recipe = try Recipe(name)
    let missing = recipe.needed.subtracting(recipe.options.keys)
    #expect(missing.isEmpty, "\(name) lacks \(missing.sorted())")
  }

  @Test("A recipe is one of its command, which accepts it", arguments: names)
  func parses(name: String) throws {
    let recipe = try Recipe(name)
    try withWorkplace { workplace in
      let file = Self.folder.appending(path: name).path
      var words = [recipe.command, "shapes.safetensors", "--recipe-file", file]
      switch recipe.command {
      case "plan": words += ["--json"]
      case "compare": words += ["--calibration", "calibration", "--data", "evaluation"]
      default: words += ["--calibration", "calibration", "--output", "q.mixq"]
      }
      if recipe.options["max-drop"] != nil { words += ["--data", "evaluation"] }
      let printed = try workplace.mixq(words + ["--print-recipe"])
      #expect(printed.code == 0, "\(printed.errors)")
      let options = try #require(printed.json()["options"] as? [String: Any])
      #expect(Set(options.keys).isSuperset(of: recipe.options.keys))
    }
  }
}
