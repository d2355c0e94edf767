internal import Files

/// The ground truth of ILSVRC2012's development kit: one number per validation image.
///
/// The kit numbers the classes in its own way. Line 1 is 490 and stands for index 65, so subtracting
/// 1 would be wrong. One image of known class per class shows the meaning of each number.
enum GroundTruth {
  /// Returns the number of each line, or nil if a line is not one number.
  static func numbers(in text: String) -> [Int]? {
    let lines = text.split(whereSeparator: \.isNewline).map(\.trimmingSpaces)
      .filter { !$0.isEmpty }
    let numbers = lines.compactMap { Int($0) }
    return numbers.isEmpty || numbers.count != lines.count ? nil : numbers
  }

  /// Returns the wnid of each image of ILSVRC's validation set.
  ///
  /// - Throws: `badData` if there are not 50,000 numbers of 1,000 classes.
  static func rows(_ numbers: [Int], at place: String) throws(InputError) -> [NameTable.Row] {
    func refused(_ reason: String) -> InputError {
      InputError(
        .badLabels, "cannot use the labels", at: place, because: reason,
        try: "give a list with a name and a class per line, or download the file again")
    }
    guard numbers.count == 50_000 else {
      throw refused(
        "the ground truth of ILSVRC2012 has 50000 lines of one number, this has \(numbers.count)")
    }
    let images = ImageNetClasses.firstValidationImages
    var indices: [Int: Int] = [:]
    for (index, image) in images.enumerated() { indices[numbers[image - 1]] = index }
    guard indices.count == images.count else {
      throw refused("its lines do not show 1000 different classes, as those of ILSVRC2012 do")
    }
    var rows: [NameTable.Row] = []
    for (index, number) in numbers.enumerated() {
      guard let label = indices[number] else {
        throw refused("line \(index + 1) has the number \(number), which stands for no known class")
      }
      let digits = String(index + 1)
      let padding = String(repeating: "0", count: 8 - digits.count)
      rows.append(
        NameTable.Row(
          line: index + 1, name: "ILSVRC2012_val_\(padding)\(digits)",
          value: ImageNetClasses.wnids[label]))
    }
    return rows
  }
}
