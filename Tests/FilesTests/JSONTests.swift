import Foundation
import Files
import TestSupport
import Testing

@Suite("JSON")
struct JSONTests {
  private struct Figures: Codable, Equatable {
    let values: [Double]
  }

  @Test("Keys are sorted, and what JSON has no number for stands as text")
  func text() {
    #expect(json(["b": 1.5, "a": .infinity]) == #"{"a":"inf","b":1.5}"#)
  }

  @Test("A result that holds such a figure is kept and read again")
  func kept() throws {
    try withTemporaryFolder { folder in
      var store = try ResultStore(folder: folder)
      let figures = Figures(values: [.infinity, -.infinity, 0.1])
      try store.keep(figures, .cells, "key")
      #expect(try store.value(.cells, "key") == figures)
    }
  }
}
