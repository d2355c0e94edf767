import Testing

@Suite("mixq bench inference")
struct BenchInferenceCommandTests {
  @Test("Images a second, as a line and as JSON")
  func rates() throws {
    try withWorkplace { workplace in
      let arguments = ["bench", "inference", "--size", "32", "--batch", "2", "--runs", "3"]
      let text = try workplace.mixq(arguments)
      #expect(text.code == 0 && text.output.contains("images/s"))
      let object = try workplace.mixq(arguments + ["--json"]).json()
      let best = try #require(object["images_per_second"] as? Double)
      let mean = try #require(object["mean_images_per_second"] as? Double)
      #expect(best >= mean && mean > 0)
      let path = try #require(object["path"] as? String)
      #expect(["program", "OpenBLAS"].contains(path) && text.output.contains(", \(path): "))
    }
  }
}
