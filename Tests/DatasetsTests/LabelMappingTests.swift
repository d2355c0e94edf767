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

  @Test("Label names of the model come first and may be permuted or more")
  func byName() throws {
    let mapping = try LabelMapping.resolve(
      classNames: ["cat", "dog"], modelClassCount: 3, modelLabelNames: ["dog", "frog", "cat"])
    #expect(mapping.indices == [2, 0])
    #expect(mapping.description == "2 of the 3 classes of the model, by its label names")
  }

  @Test("Numbered folders of a 1000-class network are its indices, whatever their byte order")
  func byIndex() throws {
    let names = (0..<1000).map(String.init).sorted()
    let mapping = try LabelMapping.resolve(classNames: names, modelClassCount: 1000)
    #expect(mapping.indices.prefix(3) == [0, 1, 10])
  }

  @Test("Equal counts are matched by rank, even if no label name is a folder name")
  func byRank() throws {
    let mapping = try LabelMapping.resolve(
      classNames: ["a", "b"], modelClassCount: 2, modelLabelNames: ["tench", "church"])
    #expect(mapping.indices == [0, 1])
    #expect(mapping.description == "all 2 classes of the model, by rank of the folder names")
  }

  @Test("What does not match is refused with both counts or the folder that is unknown")
  func refusals() {
    let counts = inputError {
      _ = try LabelMapping.resolve(classNames: ["a", "b"], modelClassCount: 10)
    }
    #expect(counts?.reason == "it has 2 classes (a, b), but the model has 10")
    let unknown = inputError {
      _ = try LabelMapping.resolve(
        classNames: ["cat", "cow"], modelClassCount: 2, modelLabelNames: ["cat", "dog"])
    }
    #expect(unknown?.place == "cow")
    let short = inputError {
      _ = try LabelMapping.resolve(
        classNames: ["cat", "dog"], modelClassCount: 2, modelLabelNames: ["cat"])
    }
    #expect(short?.reason == "it has 1 label names for 2 classes")
    let unlabelled = inputError {
      _ = try LabelMapping.resolve(classNames: [], modelClassCount: 10)
    }
    #expect(unlabelled?.reason == "its images have no labels")
  }
}
