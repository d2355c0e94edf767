import Testing

@Suite("mixq bench brecq")
struct BenchBrecqCommandTests {
  @Test("Seconds per step, as a table and as JSON")
  func seconds() throws {
    try withWorkplace { workplace in
      let arguments = ["bench", "brecq", "--size", "32", "--batch", "2", "--steps", "1"]
      let text = try workplace.mixq(arguments)
      #expect(text.code == 0 && text.output.contains("a step of every block"))
      let object = try workplace.mixq(arguments + ["--images", "256,4096", "--json"]).json()
      let runs = try #require(object["runs"] as? [[String: Any]])
      #expect(runs.map { $0["images"] as? Int } == [256, 4096, 256, 4096, 256, 4096])
      let seconds = runs.compactMap { $0["seconds"] as? Double }
      #expect(seconds.count == 6 && seconds[0] < seconds[1] && seconds[0] < seconds[2])
      for images in ["0", "9223372036854775807"] {
        #expect(try workplace.mixq(arguments + ["--images", images]).code == 64)
      }
      let units = try #require(object["units"] as? [[String: Any]])
      #expect(units.map { $0["name"] as? String }.first == "layer1.0" && units.count == 8)
      for unit in units {
        for key in [
          "step_seconds", "pass_seconds_per_image", "feedback_seconds",
          "feedback_seconds_per_image",
        ] {
          #expect(try #require(unit[key] as? Double) > 0)
        }
      }
      #expect(text.output.contains("standard (500 steps) on 1024 images"))
    }
  }
}
