import Foundation
import Files
import TestSupport
import Testing

@Suite("JSON")
struct JSONTests {
  private struct Figures: Codable, Equatable {
    let values: [Double]
  }

  @Test("Keys are sorted, and numbers that JSON lacks are written as text")
  func text() {
    #expect(json(["b": 1.5, "a": .infinity]) == #"{"a":"inf","b":1.5}"#)
  }

  @Test("Numbers written as text are read back")
  func kept() throws {
    let figures = Figures(values: [.infinity, -.infinity, 0.1])
    let text = json(figures)
    #expect(try jsonDecoder.decode(Figures.self, from: Data(text.utf8)) == figures)
  }
}
