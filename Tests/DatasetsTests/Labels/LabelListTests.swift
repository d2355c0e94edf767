import Files
import Foundation
import Testing

@testable import Datasets

@Suite("Lists of labels")
struct LabelListTests {
  static let images = [
    "ILSVRC2012_val_00000001.JPEG": Data(), "ILSVRC2012_val_00000293.JPEG": Data(),
  ]

  /// Returns the class of each image of `files`; the file with the key `list` is given as an option.
  static func classes(
    _ files: [String: Data], list: String? = nil, at path: String = "", skip: Bool = false
  ) throws -> [String] {
    var classes: [String] = []
    try withFolder(files) { root in
      let set = try ImageSet.open(
        root.appending(path: path), labels: list.map { root.appending(path: $0) },
        skipBadImages: skip)
      #expect(set.labelSource == .list)
      classes = set.items.map { $0.label.map { set.classNames[$0] } ?? "none" }
    }
    return classes
  }

  private static func error(
    _ files: [String: Data], list: String? = nil, at path: String = ""
  ) throws -> InputError? {
    var error: InputError?
    try withFolder(files) { root in
      error = inputError {
        _ = try ImageSet.open(
          root.appending(path: path), labels: list.map { root.appending(path: $0) })
      }
    }
    return error
  }

  /// Returns a set of empty images in a folder `set`, and a list beside it.
  private static func files(_ images: [String], _ list: String) -> [String: Data] {
    var files = ["list": Data(list.utf8)]
    for image in images { files["set/\(image)"] = Data() }
    return files
  }

  /// A ground truth in an invented numbering: class `i` has the number `1000 - i`.
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
    let byIndex = Data(
      "val/ILSVRC2012_val_00000001.JPEG 65\nILSVRC2012_val_00000293.JPEG 0\n".utf8)
    #expect(try Self.classes(Self.images.merging(["val.txt": byIndex]) { $1 }) == ["65", "0"])
    let byWnid = Data(
      """
      ILSVRC2012_val_00000001.JPEG n01751748
      ILSVRC2012_val_00000293.JPEG n01440764
      """.utf8)
    var beside = ["val.txt": byWnid]
    for (name, data) in Self.images { beside["val/" + name] = data }
    #expect(try Self.classes(beside, at: "val") == ["n01751748", "n01440764"])
  }

  @Test("Kaggle's solution file")
  func kaggle() throws {
    let list = Data(
      """
      ImageId,PredictionString
      ILSVRC2012_val_00000293,n01440764 5 5 400 300
      ILSVRC2012_val_00000001,n01751748 1 2 3 4 n01751748 5 6 7 8
      """.utf8)
    #expect(
      try Self.classes(Self.images.merging(["LOC_val_solution.csv": list]) { $1 })
        == ["n01751748", "n01440764"])
  }

  @Test("Tiny ImageNet's annotations, with the images in a folder of their own")
  func tinyImageNet() throws {
    let files = [
      "images/val_0.JPEG": Data(), "images/val_1.JPEG": Data(),
      "val_annotations.txt": Data(
        "val_0.JPEG\tn03444034\t0\t32\t44\t62\nval_1.JPEG\tn04067472\t52\t55\t57\t59\n".utf8),
    ]
    #expect(try Self.classes(files) == ["n03444034", "n04067472"])
  }

  @Test("Lists like those of Places, with folders before the names")
  func places() throws {
    let files = Self.files(
      ["a/airfield/1.jpg", "b/beach/1.jpg"], "/a/airfield/1.jpg 0\n/b/beach/1.jpg 47\n")
    #expect(try Self.classes(files, list: "list", at: "set") == ["0", "47"])
  }

  @Test("A list of several splits: the folder's own name decides")
  func splits() throws {
    let files = Self.files(["1.jpg"], "train/1.jpg 3\nset/1.jpg 4\n")
    #expect(try Self.classes(files, list: "list", at: "set", skip: true) == ["4"])
    #expect(
      try Self.error(files, list: "list", at: "set")?.reason
        == "the folder lacks 1 of its 2 images (train/1.jpg)")
  }

  @Test(
    "Tables of every kind give the same labels",
    arguments: [
      "1.png great white shark\nmy cat.png cat\n",
      "filename,label\n1.png,great white shark\nmy cat.png,cat\n",
      "\u{FEFF}label;file\r\ngreat white shark;1.png\r\ncat;my cat.png\r\n",
      ",image,score,class\n0,1.png,0.5,great white shark\n1,my cat.png,0.25,cat\n",
      "id\tbreed\n1\tgreat white shark\nmy cat\tcat\n",
      "# names and classes\n\n\"1.png\",\"great white shark\"\n\"my cat.png\",cat\n",
      "./set\\1.png,great white shark\n.\\set\\my cat.png,cat\n",
    ])
  func tables(text: String) throws {
    #expect(
      try Self.classes(Self.files(["1.png", "my cat.png"], text), list: "list", at: "set")
        == ["great white shark", "cat"])
  }

  @Test("The development kit's numbering is inferred from images of known class")
  func developmentKit() throws {
    let name = "ILSVRC2012_validation_ground_truth.txt"
    let files = Self.images.merging([name: Self.groundTruth()]) { $1 }
    #expect(try Self.classes(files, skip: true) == ["n01751748", "n01440764"])
    #expect(
      try Self.error(files)?.reason.hasPrefix("the folder lacks 49998 of its 50000 images")
        == true)
  }

  @Test("A list replaces class folders")
  func overFolders() throws {
    let files = Self.files(["x/1.png", "y/2.png"], "1.png b\n2.png a\n")
    #expect(try Self.classes(files, list: "list", at: "set") == ["b", "a"])
  }

  @Test("Images without a line are an error, or are skipped and counted")
  func unlabelled() throws {
    let files = Self.files(["1.png", "2.png", "3.png"], "2.png 7\n")
    let error = try Self.error(files, list: "list", at: "set")
    #expect(error?.kind == .badData)
    #expect(error?.reason == "it has no line for 2 of the 3 images (1.png, 3.png)")
    try withFolder(files) { root in
      let set = try ImageSet.open(
        root.appending(path: "set"), labels: root.appending(path: "list"), skipBadImages: true)
      #expect(set.items.map(\.name) == ["2.png"])
      #expect(
        set.notes == ["skipped    images without a label: 2 (1.png, 3.png)"])
    }
  }

  @Test("Lines that contradict each other are refused with their numbers")
  func contradictions() throws {
    let twice = Self.files(["1.png"], "1.png 2\n1.png 2\n1.png 3\n")
    #expect(
      try Self.error(twice, list: "list", at: "set")?.reason
        == "line 2 gives 1.png the class 2, line 3 the class 3")
    let shared = Self.files(["a/1.png", "b/1.png"], "1.png 2\n")
    #expect(
      try Self.error(shared, list: "list", at: "set")?.reason
        == "line 1 fits both a/1.png and b/1.png")
    let fitting = Self.files(["1.png"], "x/1.png 2\ny/1.png 3\n")
    #expect(
      try Self.error(fitting, list: "list", at: "set")?.reason
        == "lines 1 and 2 both fit 1.png, but give different classes")
  }

  @Test("Calibration needs no labels and looks for none")
  func calibration() throws {
    try withFolder(Self.images.merging(["val.txt": Data("other.JPEG 1".utf8)]) { $1 }) { root in
      let set = try ImageSet.open(root, purpose: .calibration)
      #expect(set.items.count == 2 && set.items.allSatisfy { $0.label == nil })
    }
  }

  @Test("A list that does not fit is refused")
  func refusals() throws {
    func error(_ name: String, _ data: Data) throws -> InputError? {
      try Self.error(Self.images.merging([name: data]) { $1 })
    }
    let kit = "ILSVRC2012_validation_ground_truth.txt"
    #expect(try error(kit, Self.groundTruth(lines: 49_999))?.reason.contains("49999") == true)
    let sameClass = Data(repeatElement("7\n", count: 50_000).joined().utf8)
    #expect(try error(kit, sameClass)?.reason.contains("1000 different classes") == true)
    let other = Data("1.png 65\n2.png 3\n".utf8)
    #expect(
      try error("val.txt", other)?.reason
        == "none of its 2 lines names anything in the folder")
    #expect(try error("val.txt", Data())?.reason == "it is empty")
    #expect(try error("val.txt", Data([0xFF, 0xFE, 0x31]))?.reason == "it is not UTF-8 text")
    let noClass = Data("ILSVRC2012_val_00000001.JPEG,\nILSVRC2012_val_00000293.JPEG,3\n".utf8)
    #expect(try error("val.txt", noClass)?.place.hasSuffix("val.txt:1") == true)
    #expect(
      try Self.error(["test_batch.bin": Data(count: 3073), "list": other], list: "list")?.remedy
        == "leave out --labels")
  }
}
