import Foundation
import Testing

@Suite("mixq bench images")
struct BenchImagesCommandTests {
  @Test("Images per second of every stage, as a table and as JSON")
  func rates() throws {
    try withWorkplace { workplace in
      let arguments = ["bench", "images", "--data", "calibration", "--runs", "1", "--crop", "24"]
      let text = try workplace.mixq(arguments)
      #expect(text.code == 0 && text.output.contains("resize and normalise"))
      let object = try workplace.mixq(arguments + ["--json", "--limit", "2"]).json()
      #expect(object["images"] as? Int == 2)
      for stage in ["decode", "transform", "whole"] {
        #expect(try #require(object["\(stage)_images_per_second"] as? Double) > 0)
      }
    }
  }

  @Test("A folder that does not exist is refused with 66")
  func noImages() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("bench", "images", "--data", "nowhere")
      #expect(run.code == 66 && run.output.isEmpty)
    }
  }
}
