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

  @Test("The same command gives the same page; times are on it only if they are asked for")
  func reproducible() throws {
    try withWorkplace { workplace in
      try quantize(in: workplace)
      let words = ["view", "q.mixq", "--data", "evaluation", "--force"]
      let pages = try [words, words, words + ["--times"]].map { words in
        try #require(try workplace.mixq(words).code == 0)
        return String(decoding: try workplace.contents("q.html"), as: UTF8.self)
      }
      #expect(pages[0] == pages[1])
      #expect(pages[0].contains("work %") && !pages[0].contains("time %"))
      // Without AVX-512 no compiled program runs a float network, and the page says so.
      #expect(
        pages[2].contains("No layer was timed")
          || (pages[2].contains("time %") && pages[2].contains("Timed with")))
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
      let accuracy = try #require(object["accuracy"] as? [String: Any])
      let classes = try #require(object["class_accuracy"] as? [[String: Any]])
      let correct = classes.compactMap { $0["correct1"] as? Int }
      #expect(accuracy["images"] as? Int == 40 && classes.count == 10)
      #expect(accuracy["correct1"] as? Int == correct.reduce(0, +))
      #expect((object["page"] as? String)?.hasSuffix("/p.html") == true)
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
