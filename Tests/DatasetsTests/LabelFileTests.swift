import Files
import Foundation
import Testing

@testable import Datasets

@Suite("Labels of a flat ILSVRC validation folder")
struct LabelFileTests {
  static let images = [
    "ILSVRC2012_val_00000001.JPEG": Data(), "ILSVRC2012_val_00000293.JPEG": Data(),
  ]

  static func labels(_ files: [String: Data], at path: String = "") throws -> [Int?] {
    var labels: [Int?] = []
    try withFolder(files) { root in
      let set = try ImageSet.open(root.appending(path: path))
      #expect(set.layout == "ILSVRC validation" && set.classNames == ImageNetClasses.wnids)
      labels = set.items.map(\.label)
    }
    return labels
  }

  /// A ground truth in a made-up numbering: class `i` is called `1000 - i`.
  static func groundTruth(lines: Int = 50_000) -> Data {
    var numbers = [Int](repeating: 1000, count: 50_000)
    for (index, image) in ImageNetClasses.firstValidationImages.enumerated() {
      numbers[image - 1] = 1000 - index
    }
    numbers[0] = 1000 - 65
    return Data(numbers.prefix(lines).map { "\($0)\n" }.joined().utf8)
  }

  @Test("Caffe's val.txt, in the folder or beside it, by index or by wnid")
  func valText() throws {
    let list = Data(
      "val/ILSVRC2012_val_00000001.JPEG 65\nILSVRC2012_val_00000293.JPEG n01440764\n".utf8)
    #expect(try Self.labels(Self.images.merging(["val.txt": list]) { $1 }) == [65, 0])
    var beside = ["val.txt": list]
    for (name, data) in Self.images { beside["val/" + name] = data }
    #expect(try Self.labels(beside, at: "val") == [65, 0])
  }

  @Test("Kaggle's solution file")
  func kaggle() throws {
    let list = Data(
      """
      ImageId,PredictionString
      ILSVRC2012_val_00000293,n01440764 5 5 400 300
      ILSVRC2012_val_00000001,n01751748 1 2 3 4 n01751748 5 6 7 8
      """.utf8)
    #expect(try Self.labels(Self.images.merging(["LOC_val_solution.csv": list]) { $1 }) == [65, 0])
  }

  @Test("The development kit's own numbering is read off images of known class")
  func developmentKit() throws {
    let name = "ILSVRC2012_validation_ground_truth.txt"
    let files = Self.images.merging([name: Self.groundTruth()]) { $1 }
    #expect(try Self.labels(files) == [65, 0])
  }

  @Test("Calibration needs no labels and looks for none")
  func calibration() throws {
    try withFolder(Self.images.merging(["val.txt": Data("other.JPEG 1".utf8)]) { $1 }) { root in
      let set = try ImageSet.open(root, purpose: .calibration)
      #expect(set.items.count == 2 && set.items.allSatisfy { $0.label == nil })
    }
  }

  @Test("A label file that does not fit is refused")
  func refusals() throws {
    func error(_ name: String, _ data: Data) throws -> InputError? {
      var error: InputError?
      try withFolder(Self.images.merging([name: data]) { $1 }) { root in
        error = inputError { _ = try ImageSet.open(root) }
      }
      return error
    }
    let kit = "ILSVRC2012_validation_ground_truth.txt"
    #expect(try error(kit, Self.groundTruth(lines: 49_999))?.reason.contains("49999") == true)
    let sameClass = Data(repeatElement("7\n", count: 50_000).joined().utf8)
    #expect(try error(kit, sameClass)?.reason.contains("1000 different classes") == true)
    let one = Data("ILSVRC2012_val_00000001.JPEG 65\n".utf8)
    #expect(
      try error("val.txt", one)?.reason == "it has no label for ILSVRC2012_val_00000293.JPEG")
    let oneBased = Data("ILSVRC2012_val_00000001.JPEG 1000\n".utf8)
    #expect(try error("val.txt", oneBased)?.reason.hasPrefix("line 1 is not a file name") == true)
  }
}
