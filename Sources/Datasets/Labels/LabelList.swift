internal import Files
internal import Foundation

/// The classes of a folder's images, as a list of names and classes gives them.
///
/// A list names a class by its index in the network, by its wnid or by its name. Known forms are
/// Caffe's `val.txt`, Kaggle's `LOC_val_solution.csv`, Tiny ImageNet's `val_annotations.txt`, lists
/// like those of Places, tables with a header line, and the ground truth of ILSVRC's development kit.
struct LabelList {
  /// The name of the list of Tiny ImageNet's validation images.
  static let tinyImageNet = "val_annotations.txt"

  private let path: String
  /// The classes of the list, in byte order of their names.
  let classNames: [String]
  /// The index in `classNames` of each image; nil for an image that the list does not name.
  let labels: [Int?]
  private let images: [String]
  private let missing: FileTally<Bool>
  private let nameCount: Int

  /// Returns the first known label list in the folder or beside it.
  static func url(for folder: String) -> URL? {
    let names = [
      "val.txt", "LOC_val_solution.csv", "ILSVRC2012_validation_ground_truth.txt", tinyImageNet,
    ]
    let parent = URL(filePath: folder).deletingLastPathComponent().path
    let candidates = [folder, parent].flatMap { place in names.map { "\(place)/\($0)" } }
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
      .map { URL(filePath: $0) }
  }

  /// Reads a list and finds the class of each image.
  ///
  /// - Parameters:
  ///   - images: The paths of the images below the folder.
  ///   - root: The path of the folder; a list may name images with parts of it.
  /// - Throws: `missingInput` if the list cannot be read, `badData` if it contradicts itself or
  ///   names no image of the folder.
  init(contentsOf url: URL, images: [String], root: String) throws(InputError) {
    path = url.path
    self.images = images
    let text = try TextFile.contents(of: url)
    let rows: [NameTable.Row]
    if let numbers = GroundTruth.numbers(in: text) {
      rows = try GroundTruth.rows(numbers, at: path)
    } else {
      let known = Set(images.map { NameIndex.baseName(of: Substring($0)) })
      rows = try NameTable(text, at: path) { known.contains(NameIndex.baseName(of: $0)) }.rows
    }
    classNames = Set(rows.map(\.value)).sorted(by: String.isInByteOrder)
    let indices = Dictionary(uniqueKeysWithValues: zip(classNames, classNames.indices))
    var index = NameIndex(rows)
    try index.requireOneClassPerName(at: path)
    var labels: [Int?] = []
    labels.reserveCapacity(images.count)
    for image in images {
      let row = try index.row(of: image, below: root, at: path)
      labels.append(row.flatMap { indices[$0.value] })
    }
    self.labels = labels
    missing = index.unused
    nameCount = index.nameCount
  }

  /// Throws `badData` if an image is not in the list, or if an image of the list is missing.
  func requireEveryImage() throws(InputError) {
    let remedy =
      "give the list and the folder that belong together, or use --skip-bad-images to "
      + "leave such images out"
    var unlabelled = FileTally<Bool>()
    for (image, label) in zip(images, labels) where label == nil { unlabelled.add(image, true) }
    guard unlabelled.isEmpty else {
      throw InputError(
        .badLabels, "cannot use the labels", at: path,
        because: "it has no line for \(unlabelled.count) of the \(images.count) images "
          + unlabelled.names(of: true), try: remedy)
    }
    guard missing.isEmpty else {
      throw InputError(
        .badLabels, "cannot use the labels", at: path,
        because: "the folder lacks \(missing.count) of its \(nameCount) images "
          + missing.names(of: true), try: remedy)
    }
  }

  /// The line about images of the list that are missing, if there are any.
  var notes: [String] {
    guard !missing.isEmpty else { return [] }
    return [
      "missing    \(missing.count) of the \(nameCount) images in the list "
        + missing.names(of: true)
    ]
  }
}
