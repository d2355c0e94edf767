import Testing

@Suite("mixq bench inference")
struct BenchInferenceCommandTests {
  @Test("Images per second, as a line and as JSON")
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

  @Test("Integer kernels, with their names and the time of loading; both engines agree")
  func integers() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "bench", "inference", "--size", "32", "--batch", "2", "--runs", "1", "--engine", "integer",
        "--bits", "4", "--activation-bits", "4", "--json")
      let object = try run.json()
      #expect(object["path"] as? String == "integer, W4A4")
      #expect(object["largest_difference_to_exact"] as? Double == 0)
      #expect(try #require(object["load_seconds"] as? Double) > 0)
      let layers = try #require(object["layers"] as? [[String: Any]])
      #expect(layers.first?["name"] as? String == "conv1")
      #expect(layers.allSatisfy { ($0["kernel"] as? String)?.isEmpty == false })
    }
  }
}
