import Files
import TestSupport
import Testing

@testable import Datasets

@Suite("Matching folders to the classes of a network")
struct LabelMappingTests {
  static let imagenette = [
    "n01440764": 0, "n02102040": 217, "n02979186": 482, "n03000684": 491, "n03028079": 497,
    "n03394916": 566, "n03417042": 569, "n03425413": 571, "n03445777": 574, "n03888257": 701,
  ]

  @Test(
    "The embedded order holds 1000 different wnids, sorted, and puts Imagenette's where they belong"
  )
  func embeddedOrder() {
    let wnids = ImageNetClasses.wnids
    #expect(wnids.count == 1000 && Set(wnids).count == 1000 && wnids == wnids.sorted())
    #expect(wnids[65] == "n01751748" && wnids[999] == "n15075141")
    for (wnid, index) in Self.imagenette { #expect(ImageNetClasses.index(ofWnid: wnid) == index) }
    #expect(ImageNetClasses.firstValidationImages.count == 1000)
    #expect(Set(ImageNetClasses.firstValidationImages).count == 1000)
  }

  @Test("Ten wnid folders are matched to a 1000-class network by the embedded order")
  func byWnid() throws {
    let mapping = try LabelMapping.resolve(
      classNames: Self.imagenette.keys.sorted(), modelClassCount: 1000)
    #expect(mapping.indices == [0, 217, 482, 491, 497, 566, 569, 571, 574, 701])
    #expect(mapping.description == "10 of the 1000 classes of the model, by wnid")
  }

  @Test("Label names of the model come first; their order is free, and there may be more")
  func byName() throws {
    let mapping = try LabelMapping.resolve(
      classNames: ["cat", "dog"], modelClassCount: 3, modelLabelNames: ["dog", "frog", "cat"])
    #expect(mapping.indices == [2, 0])
    #expect(mapping.description == "2 of the 3 classes of the model, by its label names")
    #expect(mapping.samples == "cat → 2, dog → 0")
  }

  @Test("Case, separators and the synonyms of a label do not matter")
  func looseNames() throws {
    let mapping = try LabelMapping.resolve(
      classNames: ["Great_White-shark", "TENCH", "new york"], modelClassCount: 3,
      modelLabelNames: ["tench, Tinca tinca", "great white shark", "New-York"])
    #expect(mapping.indices == [1, 0, 2])
    #expect(
      mapping.samples == "Great_White-shark → 1 (great white shark), "
        + "TENCH → 0 (tench, Tinca tinca), new york → 2 (New-York)")
  }

  @Test("Folders that are numbers are in numeric order, whatever their byte order")
  func byNumber() throws {
    let zeroBased = (0..<12).map(String.init).sorted()
    let mapping = try LabelMapping.resolve(classNames: zeroBased, modelClassCount: 12)
    #expect(mapping.indices == [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(mapping.description == "all 12 classes of the model, by number, in numeric order")
    #expect(mapping.samples == "0 → 0, 4 → 4, 9 → 9")
    let oneBased = ["1", "10", "2", "3", "4", "5", "6", "7", "8", "9"]
    #expect(
      try LabelMapping.resolve(classNames: oneBased, modelClassCount: 10).indices
        == [0, 9, 1, 2, 3, 4, 5, 6, 7, 8])
    let padded = ["000", "017", "305"]
    let some = try LabelMapping.resolve(classNames: padded, modelClassCount: 1000)
    #expect(some.indices == [0, 17, 305] && some.description.hasSuffix("by number, as indices"))
  }

  @Test("Numbers in a list are indices")
  func listedNumbers() throws {
    let some = try LabelMapping.resolve(classNames: ["1", "2"], modelClassCount: 3, source: .list)
    #expect(some.indices == [1, 2])
    let oneBased = inputError {
      _ = try LabelMapping.resolve(
        classNames: ["1", "2", "3"], modelClassCount: 3, source: .list)
    }
    #expect(
      oneBased?.reason == "its numbers go from 1 to 3, but the model's classes are 0...2; "
        + "they seem to count from 1")
  }

  @Test("Equal counts are matched by rank, even if no label name is a folder name")
  func byRank() throws {
    let mapping = try LabelMapping.resolve(
      classNames: ["a", "b"], modelClassCount: 2, modelLabelNames: ["tench", "church"])
    #expect(mapping.indices == [0, 1])
    #expect(
      mapping.description
        == "all 2 classes of the model, by rank of the folder names in byte order")
    #expect(mapping.samples == "a → 0 (tench), b → 1 (church)")
  }

  @Test("What does not match is refused with both counts or the names that are unknown")
  func refusals() {
    func reason(
      _ names: [String], _ count: Int, _ labels: [String]? = nil,
      source: ImageSet.LabelSource = .folders
    ) -> String? {
      inputError {
        _ = try LabelMapping.resolve(
          classNames: names, modelClassCount: count, modelLabelNames: labels, source: source)
      }?.reason
    }
    #expect(reason(["a", "b"], 10) == "it has 2 classes (a, b), but the model has 10")
    #expect(
      reason(["cat", "cow"], 2, ["cat", "dog"])
        == "the model's label names lack 1 of the 2 names: cow")
    #expect(reason(["cat", "dog"], 2, ["cat"]) == "it has 1 label names for 2 classes")
    #expect(reason([], 10) == "its images have no labels")
    #expect(
      reason(["arrow", "crane"], 3, ["crane", "arrow", "crane"])
        == "crane is the label name of the classes 0 and 2")
    #expect(reason(["Cat", "cat_"], 2, ["cat", "dog"]) == "Cat and cat_ both match class 0")
    #expect(
      reason(["n01440764", "n99999999"], 1000)
        == "ImageNet's 1000 wnids lack 1 of the 2 names: n99999999")
    #expect(reason(["01", "1"], 2) == "01 and 1 are the same number 1")
    #expect(reason(["0", "12"], 10)?.hasPrefix("its numbers go from 0 to 12") == true)
  }
}
