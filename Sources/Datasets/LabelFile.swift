internal import Files
internal import Foundation

/// The labels of a flat folder of ILSVRC validation images, as indices in sorted wnid order.
///
/// Three kinds of files are known: Caffe's `val.txt` (`name index` or `name wnid`), Kaggle's
/// `LOC_val_solution.csv` (`name,wnid …`) and the ground truth of the development kit, which has
/// one line per image and its own numbering of the classes.
struct LabelFile {
  let path: String
  /// The labels by file name without its extension.
  private var labels: [String: Int] = [:]

  /// Returns the first known label file in the folder or beside it.
  static func url(for folder: String) -> URL? {
    let names = ["val.txt", "LOC_val_solution.csv", "ILSVRC2012_validation_ground_truth.txt"]
    let parent = URL(filePath: folder).deletingLastPathComponent().path
    let candidates = [folder, parent].flatMap { place in names.map { "\(place)/\($0)" } }
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
      .map { URL(filePath: $0) }
  }

  init(contentsOf url: URL) throws(InputError) {
    path = url.path
    let bytes = try InputFile.readText(url)
    let mark = Data([0xEF, 0xBB, 0xBF])
    let text = String(
      decoding: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes, as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.split { $0 == " " || $0 == "\t" || $0 == "," }
    }
    let isGroundTruth = lines.allSatisfy { $0.count <= 1 }
    try isGroundTruth ? readGroundTruth(lines.compactMap(\.first)) : readNames(lines)
  }

  /// Returns the label of an image; throws `badData` if the file does not list it.
  func label(of name: String) throws(InputError) -> Int {
    guard let label = labels[LabelFile.baseName(name)] else {
      throw refused("it has no label for \(name)")
    }
    return label
  }

  private mutating func readNames(_ lines: [[Substring]]) throws(InputError) {
    for (number, fields) in lines.enumerated() where fields.first != "ImageId" {
      guard fields.count >= 2, let label = LabelFile.index(fields[1]) else {
        throw refused(
          "line \(number + 1) is not a file name and an index in 0...999 or a wnid: "
            + fields.joined(separator: " "))
      }
      labels[LabelFile.baseName(String(fields[0]))] = label
    }
  }

  /// Reads the lines of the development kit, which has its own numbering of the classes.
  ///
  /// Line 1 is 490 and stands for index 65, so subtracting 1 would be wrong. One image of known
  /// class per class shows the meaning of each number.
  private mutating func readGroundTruth(_ lines: [Substring]) throws(InputError) {
    let numbers = lines.compactMap { Int($0) }
    guard numbers.count == lines.count, numbers.count == 50_000 else {
      throw refused(
        "the ground truth of ILSVRC2012 has 50000 lines of one number, this has \(lines.count)")
    }
    let images = ImageNetClasses.firstValidationImages
    var indices: [Int: Int] = [:]
    for (index, image) in images.enumerated() { indices[numbers[image - 1]] = index }
    guard indices.count == images.count else {
      throw refused(
        "its lines do not show 1000 different classes, as those of ILSVRC2012 do")
    }
    for (line, number) in numbers.enumerated() {
      guard let index = indices[number] else {
        throw refused(
          "line \(line + 1) has the number \(number), which stands for no known class")
      }
      let digits = String(line + 1)
      let padding = String(repeating: "0", count: 8 - digits.count)
      labels["ILSVRC2012_val_\(padding)\(digits)"] = index
    }
  }

  private static func index(_ field: Substring) -> Int? {
    if let index = Int(field) { return (0..<1000).contains(index) ? index : nil }
    return ImageNetClasses.index(ofWnid: String(field))
  }

  /// Returns the name by which an image is looked up.
  ///
  /// `val/ILSVRC2012_val_00000001.JPEG` and `ILSVRC2012_val_00000001` name the same image.
  private static func baseName(_ name: String) -> String {
    let file = name.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: ".") else { return String(file) }
    return String(file[..<dot])
  }

  private func refused(_ reason: String) -> InputError {
    InputError(
      .badData, "cannot use the labels", at: path, because: reason,
      try: "name the right file with --labels, or download it again")
  }
}
