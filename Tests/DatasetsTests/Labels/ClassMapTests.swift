import Files
import Foundation
import Testing

@testable import Datasets

@Suite("Maps from folders to classes")
struct ClassMapTests {
  private static let names = ["beta", "n01440764", "alpha"]

  private static func indices(
    _ text: String, names: [String] = names, count: Int = 1000, labels: [String]? = nil
  ) throws -> [Int] {
    var indices: [Int] = []
    try withFolder(["map": Data(text.utf8)]) { root in
      let map = try ClassMap(contentsOf: root.appending(path: "map"), names: names)
      let mapping = try LabelMapping.resolve(
        classNames: names, modelClassCount: count, modelLabelNames: labels, classMap: map)
      #expect(mapping.description.hasSuffix("by map"))
      indices = mapping.indices
    }
    return indices
  }

  @Test(
    "Lines, tables and JSON map folders to indices or wnids",
    arguments: [
      "beta 3\nn01440764 7\nalpha n01751748\n",
      "folder,class\nalpha,65\nbeta,3\nn01440764,7\nother,900\n",
      "3\tbeta\n7\tn01440764/\n65\talpha\n",
      #"{"beta": 3, "n01440764": "7", "alpha": "n01751748"}"#,
      #"{"3": ["n02", "beta"], "7": ["n01440764", "tench"], "65": ["n03", "alpha"]}"#,
    ])
  func forms(text: String) throws {
    #expect(try Self.indices(text) == [3, 7, 65])
  }

  @Test("A map may give label names, and two folders one class")
  func labelNames() throws {
    let labels = ["Tabby cat", "dog"]
    #expect(
      try Self.indices(
        "siamese,tabby_cat\ntiger,tabby cat\nhusky,dog", names: ["husky", "siamese", "tiger"],
        count: 2, labels: labels) == [1, 0, 0])
  }

  @Test("A map with gaps, contradictions or unknown classes is refused")
  func refusals() {
    func error(_ text: String) -> InputError? { inputError { _ = try Self.indices(text) } }
    #expect(
      error("beta 3\nalpha 4")?.reason == "map lacks 1 of the 3 names: n01440764")
    #expect(
      error("beta 3\nbeta 4")?.reason
        == "it gives beta the class 4, and an earlier line the class 3")
    #expect(
      error("beta 1000\nn01440764 0\nalpha 1")?.reason
        == "the class 1000 of beta is not in 0...999")
    #expect(
      error("beta x\nn01440764 0\nalpha 1")?.reason == "the class x of beta is not known")
    #expect(error("gamma 0")?.reason.hasPrefix("none of its 1 lines") == true)
    #expect(error("{\"a\": 1.5}")?.what == "cannot read the class map")
  }
}
