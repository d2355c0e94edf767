package import Files

/// Which output of a network stands for each class folder of an image set.
package struct LabelMapping: Sendable, Equatable {
  /// Entry `i` is the network's class for folder `i`.
  package let indices: [Int]
  /// How the classes were matched, to be printed.
  package let description: String

  /// Matches folders to classes: by the model's label names; by wnid or ImageNet index for a
  /// 1000-class network; by rank where the counts are equal.
  ///
  /// Predictions stay the argmax over all classes of the network. Throws an error that names both
  /// counts where nothing matches.
  package static func resolve(
    classNames: [String], modelClassCount: Int, modelLabelNames: [String]? = nil
  ) throws(InputError) -> LabelMapping {
    guard !classNames.isEmpty else {
      throw InputError(
        .badData, "cannot match the classes", at: "the image set",
        because: "its images have no labels", try: "give a folder per class, or a label file")
    }
    let count = classNames.count
    func mapping(_ indices: [Int], _ manner: String) -> LabelMapping {
      let part = count == modelClassCount ? "all" : "\(count) of the"
      return LabelMapping(
        indices: indices, description: "\(part) \(modelClassCount) classes of the model, \(manner)")
    }
    if let names = modelLabelNames {
      guard names.count == modelClassCount else {
        throw InputError(
          .badData, "cannot match the classes", at: "the model's label names",
          because: "there are \(names.count) of them and \(modelClassCount) classes",
          try: "give one for each class, or none")
      }
      if let indices = try indices(of: classNames, among: names) {
        return mapping(indices, "by its label names")
      }
    }
    if modelClassCount == ImageNetClasses.wnids.count {
      let indices = classNames.compactMap(ImageNetClasses.index(ofWnid:))
      if indices.count == count { return mapping(indices, "by wnid") }
      let numbers = classNames.compactMap { Int($0) }.filter { (0..<modelClassCount).contains($0) }
      if Set(numbers).count == count { return mapping(numbers, "by folder names as indices") }
    }
    guard count == modelClassCount else {
      throw InputError(
        .badData, "cannot match the classes", at: "the image set",
        because:
          "it has \(count) classes (\(abbreviated(classNames))) and the model \(modelClassCount)",
        try: "put label_names into the JSON file beside the model")
    }
    return mapping(Array(0..<count), "by rank of the folder names")
  }

  /// The places of all `classNames` in `names`; `nil` if none is there.
  private static func indices(
    of classNames: [String], among names: [String]
  ) throws(InputError) -> [Int]? {
    let places = Dictionary(
      names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let indices = classNames.map { places[$0] }
    if let unknown = indices.firstIndex(of: nil), indices.contains(where: { $0 != nil }) {
      throw InputError(
        .badData, "cannot match the classes", at: classNames[unknown],
        because: "the folder is none of the model's label names, though others are")
    }
    let found = indices.compactMap { $0 }
    return found.isEmpty ? nil : found
  }

  private static func abbreviated(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }
}
