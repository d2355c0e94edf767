import Datasets
import Foundation
import Testing

@Suite("mixq shapes")
struct ShapesCommandTests {
  @Test("Pictures are written into class folders; the same seed gives the same files")
  func pictures() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("shapes", "--output", "s", "--count", "30", "--seed", "1")
      #expect(run.code == 0 && run.output.contains("30 pictures of 10 classes"))
      for name in ["circle/00000.png", "arrow/00029.png"] {
        #expect(try workplace.contents("s/\(name)") == workplace.contents("calibration/\(name)"))
      }
    }
  }

  @Test("The JSON names folder, number and classes")
  func json() throws {
    try withWorkplace { workplace in
      let object = try workplace.mixq(
        "shapes", "--output", "s", "--count", "10", "--json"
      ).json()
      #expect(object["images"] as? Int == 10)
      #expect(object["classes"] as? [String] == Shapes.classNames)
    }
  }

  @Test("A folder that holds something is refused with 73")
  func taken() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("shapes", "--output", "evaluation", "--count", "10")
      #expect(run.code == 73 && run.output.isEmpty)
    }
  }
}
