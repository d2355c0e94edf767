import Foundation
import Testing

@Suite("Recipe files")
struct RecipeFileTests {
  private let quantize = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--output",
  ]
  private let options = [
    "--method", "gptq", "--weight-bits=3", "--calibration-images", "20", "--first-bits", "4",
  ]

  @Test("The printed recipe of a command line gives the same bytes as the command line")
  func roundTrip() throws {
    try withWorkplace { workplace in
      let direct = try workplace.mixq(quantize + ["a.mixq"] + options)
      #expect(direct.code == 0)
      let printed = try workplace.mixq(
        ["quantize", "shapes.safetensors", "--calibration", "calibration", "--output", "b.mixq"]
          + options + ["--print-recipe"])
      #expect(printed.code == 0 && printed.errors.isEmpty)
      let object = try printed.json()
      #expect(object["command"] as? String == "quantize")
      let names = Set((object["options"] as? [String: Any] ?? [:]).keys)
      #expect(
        names == [
          "calibration", "output", "method", "weight-bits", "calibration-images", "first-bits",
        ])
      try workplace.write(printed.output, "recipe.json")

      let run = try workplace.mixq(
        "quantize", "shapes.safetensors", "--recipe-file", "recipe.json")
      #expect(run.code == 0, "\(run.errors)")
      let first = try workplace.contents("a.mixq")
      let second = try workplace.contents("b.mixq")
      #expect(first == second)
    }
  }

  @Test("Options of the command line have priority, flags are true or false, and lists repeat")
  func priority() throws {
    try withWorkplace { workplace in
      try workplace.write(
        """
        {"command": "plan", "options":
          {"target-bits": 3, "json": true, "quiet": false, "pin": ["layer1.*=8", "layer2.*=2"]}}
        """, "recipe.json")
      let run = try workplace.mixq(
        "plan", "shapes.safetensors", "--recipe-file=recipe.json", "--target-bits", "5",
        "--print-recipe")
      let options = try #require(run.json()["options"] as? [String: Any])
      #expect(options["target-bits"] as? Int == 5)
      #expect(options["json"] as? Bool == true && options["quiet"] == nil)
      #expect(options["pin"] as? [String] == ["layer1.*=8", "layer2.*=2"])
    }
  }

  @Test(
    "A recipe that does not suit the command is refused with its file and the reason",
    arguments: [
      (#"{"command": "evaluate", "options": {}}"#, "mixq evaluate"),
      (#"{"command": "plan", "options": {"weight-bits": 3}}"#, "no option --weight-bits"),
      (#"{"command": "plan", "options": {"json": 1}}"#, "--json is a flag"),
      (#"{"command": "plan", "options": {"pin": [true]}}"#, "the value of --pin"),
      (#"{"command": "plan", "options": {"recipe-file": "x"}}"#, "no option --recipe-file"),
      (#"{"command": "plan"}"#, "\"options\" is missing"), ("plan", "recipe.json"),
    ])
  func refusals(text: String, reason: String) throws {
    try withWorkplace { workplace in
      try workplace.write(text, "recipe.json")
      let run = try workplace.mixq("plan", "shapes.safetensors", "--recipe-file", "recipe.json")
      #expect(run.code == 65 && run.output.isEmpty)
      #expect(run.errors.contains("recipe.json") && run.errors.contains(reason), "\(run.errors)")
    }
  }

  @Test("A recipe file that is absent, or not named, is an error")
  func absent() throws {
    try withWorkplace { workplace in
      let absent = try workplace.mixq(
        "plan", "shapes.safetensors", "--recipe-file", "none.json")
      #expect(absent.code == 66)
      let unnamed = try workplace.mixq("plan", "shapes.safetensors", "--recipe-file")
      #expect(unnamed.code == 64)
    }
  }
}
