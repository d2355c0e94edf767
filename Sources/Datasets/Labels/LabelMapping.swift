package import Files

/// The map from the classes of an image set to the outputs of a network.
package struct LabelMapping: Sendable, Equatable {
  /// The network's class for each class of the set, in the set's order.
  package let indices: [Int]
  /// A description of the rule by which the classes were matched, for printing.
  package let description: String
  /// Three classes with their outputs, for printing: `0 → 0, 5 → 5, 11 → 11`.
  package let samples: String

  /// Matches the classes of an image set to those of a network.
  ///
  /// It uses the first rule that fits: the class map; the model's label names; wnids, if the network
  /// has 1000 classes; numbers; the rank in byte order, if the counts are equal. A prediction is
  /// always the argmax over all classes of the network.
  ///
  /// - Parameters:
  ///   - source: The origin of the labels: the number of a folder is a rank, that of a list an
  ///     index.
  ///   - classMap: A map from names to classes, used instead of all other rules.
  /// - Throws: `badData` if nothing matches, if only some names match, or if two names match one
  ///   class; the error says which.
  package static func resolve(
    classNames: [String], modelClassCount: Int, modelLabelNames: [String]? = nil,
    source: ImageSet.LabelSource = .folders, classMap: ClassMap? = nil
  ) throws(InputError) -> LabelMapping {
    guard !classNames.isEmpty else {
      throw InputError(
        .unmatchedClasses, "cannot match the classes", at: "the image set",
        because: "its images have no labels",
        try: "use one folder per class, or give a list of labels with --labels")
    }
    if let names = modelLabelNames, names.count != modelClassCount {
      throw InputError(
        .unmatchedClasses, "cannot match the classes", at: "the model's label names",
        because: "it has \(names.count) label names for \(modelClassCount) classes",
        try: "list one name per class, or none")
    }
    let rules = ClassRules(
      names: classNames, source: source, classCount: modelClassCount,
      labelNames: modelLabelNames ?? [])
    let (indices, rule) = try rules.match(classMap)
    let part = classNames.count == modelClassCount ? "all" : "\(classNames.count) of the"
    return LabelMapping(
      indices: indices, description: "\(part) \(modelClassCount) classes of the model, \(rule)",
      samples: samples(classNames, indices, labelNames: modelLabelNames))
  }

  /// Returns the first, the middle and the last class with their outputs.
  private static func samples(
    _ names: [String], _ indices: [Int], labelNames: [String]?
  ) -> String {
    let places = [0, names.count / 2, names.count - 1]
    let shown = places.indices.filter { $0 == 0 || places[$0] > places[$0 - 1] }.map { places[$0] }
    return shown.map { place in
      let label = labelNames?[indices[place]]
      let suffix = label.map { $0 == names[place] ? "" : " (\($0.printable(limit: 40)))" } ?? ""
      return "\(names[place].printable(limit: 40)) → \(indices[place])\(suffix)"
    }.joined(separator: ", ")
  }
}
