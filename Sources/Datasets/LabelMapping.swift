package import Files

/// The map from the class folders of an image set to the outputs of a network.
package struct LabelMapping: Sendable, Equatable {
  /// The network's class for each folder of the set, in folder order.
  package let indices: [Int]
  /// A description of how the classes were matched, for printing.
  package let description: String

  /// Matches folders to classes.
  ///
  /// It uses the first of these that fits: the model's label names; wnids or ImageNet indices, if
  /// the network has 1000 classes; the rank, if the counts are equal. A prediction is always the
  /// argmax over all classes of the network.
  ///
  /// - Throws: `badData` if nothing matches; the error names both counts.
  package static func resolve(
    classNames: [String], modelClassCount: Int, modelLabelNames: [String]? = nil
  ) throws(InputError) -> LabelMapping {
    guard !classNames.isEmpty else {
      throw InputError(
        .badData, "cannot match the classes", at: "the image set",
        because: "its images have no labels", try: "use one folder per class, or a label file")
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
          because: "it has \(names.count) label names for \(modelClassCount) classes",
          try: "list one name per class, or none")
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
          "it has \(count) classes (\(abbreviated(classNames))), but the model has"
          + " \(modelClassCount)",
        try: "add label_names to the JSON file beside the model")
    }
    return mapping(Array(0..<count), "by rank of the folder names")
  }

  /// Returns the places of all `classNames` in `names`, or `nil` if none of them is there.
  ///
  /// - Throws: `badData` if only some of them are there.
  private static func indices(
    of classNames: [String], among names: [String]
  ) throws(InputError) -> [Int]? {
    let places = Dictionary(
      names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let indices = classNames.map { places[$0] }
    if let unknown = indices.firstIndex(of: nil), indices.contains(where: { $0 != nil }) {
      throw InputError(
        .badData, "cannot match the classes", at: classNames[unknown],
        because: "the model's label names hold some of the folders' names, but not this one",
        try: "rename the folder, or change label_names in the JSON file beside the model")
    }
    let found = indices.compactMap { $0 }
    return found.isEmpty ? nil : found
  }

  private static func abbreviated(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }
}
