import Testing

@Suite("mixq bench brecq")
struct BenchBrecqCommandTests {
  @Test("Seconds of a step, as a table and as JSON")
  func seconds() throws {
    try withWorkplace { workplace in
      let arguments = ["bench", "brecq", "--size", "32", "--batch", "2", "--steps", "1"]
      let text = try workplace.mixq(arguments)
      #expect(text.code == 0 && text.output.contains("a step of every block"))
      let object = try workplace.mixq(arguments + ["--json"]).json()
      let units = try #require(object["units"] as? [[String: Any]])
      #expect(units.map { $0["name"] as? String }.first == "layer1.0" && units.count == 8)
      for unit in units { #expect(try #require(unit["step_seconds"] as? Double) > 0) }
    }
  }
}
