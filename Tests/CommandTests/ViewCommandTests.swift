import Foundation
import Testing

@Suite("mixq view")
struct ViewCommandTests {
  @Test("It writes a page beside the packed file, once")
  func page() throws {
    try withWorkplace { workplace in
      try quantize(in: workplace)
      let run = try workplace.mixq("view", "q.mixq")
      #expect(run.code == 0 && run.output.contains("q.mixq has 3."))
      let page = String(decoding: try workplace.contents("q.html"), as: UTF8.self)
      for word in [
        "q.mixq, a packed file", "layer3.2.conv2", "How this was made", "mixq view q.mixq",
      ] {
        #expect(page.contains(word), "\(word)")
      }
      let again = try workplace.mixq("view", "q.mixq")
      #expect(again.code == 73 && again.errors.contains("q.html"))
      #expect(try workplace.mixq("view", "q.mixq", "--force").code == 0)
    }
  }

  @Test("With images the page has the accuracy; the JSON has the same numbers")
  func scored() throws {
    try withWorkplace { workplace in
      try quantize(in: workplace)
      let run = try workplace.mixq(
        "view", "q.mixq", "-o", "p.html", "--data", "evaluation", "--json")
      #expect(run.code == 0)
      let object = try run.json()
      let row = try #require((object["rows"] as? [[String: Any]])?.first)
      #expect(row["top1"] != nil && row["images"] as? Int != 0)
      #expect((object["classes"] as? [String: Any])?["names"] as? [String] != nil)
      let page = String(decoding: try workplace.contents("p.html"), as: UTF8.self)
      #expect(page.contains("images right."))
    }
  }

  @Test("A checkpoint is refused, and the error says what to do")
  func checkpoint() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("view", "shapes.safetensors")
      #expect(run.code == 64 && run.errors.contains("mixq inspect"))
      #expect(try !workplace.names().contains("shapes.html"))
      let unused = try workplace.mixq("view", "q.mixq", "--limit", "3")
      #expect(unused.code == 64 && unused.errors.contains("--data"))
    }
  }

  private func quantize(in workplace: Workplace) throws {
    let run = try workplace.mixq(
      "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
      "20", "--method", "nearest", "--weight-bits", "3", "--output", "q.mixq")
    try #require(run.code == 0, "\(run.errors)")
  }
}
