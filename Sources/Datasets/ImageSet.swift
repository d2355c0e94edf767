internal import Execution
package import Files
package import Foundation

/// Images of a folder, listed but not decoded, in an order that does not depend on the file system.
package struct ImageSet: Sendable {
  /// What the images are for; CIFAR-10 keeps the two in different files of one folder.
  package enum Purpose: Sendable {
    case evaluation
    case calibration
  }

  /// One image: where it is and what it shows.
  package struct Item: Sendable, Equatable {
    /// The path below the folder, or the record of a batch file; it identifies the image.
    package let name: String
    /// The index of its class in `classNames`; `nil` without labels.
    package let label: Int?
    /// The size of the file or record.
    package let byteCount: Int
    let source: Source
  }

  enum Source: Sendable, Equatable {
    case file(String)
    /// A record of a CIFAR-10 batch file, by its index; the SHA-256 is the whole file's.
    case record(path: String, index: Int, sha256: String)
  }

  package let items: [Item]
  /// The classes that labels count; empty for unlabelled images.
  package let classNames: [String]
  /// What the folder was taken for, for example `ImageFolder`.
  package let layout: String

  /// A set with the same classes and other items.
  private func replacingItems(with items: [Item]) -> ImageSet {
    ImageSet(items: items, classNames: classNames, layout: layout)
  }

  /// At most `count` images, spread evenly over the list, so that all classes remain.
  package func limited(to count: Int) -> ImageSet {
    precondition(count > 0, "a limit of \(count) images")
    guard count < items.count else { return self }
    return replacingItems(with: (0..<count).map { items[$0 * items.count / count] })
  }

  /// The first `count` images of the list; all of them where there are fewer.
  package func prefix(_ count: Int) -> ImageSet { replacingItems(with: Array(items.prefix(count))) }

  /// The first `count` images of the seeded shuffle of the list; all of them where there are fewer.
  package func drawing(_ count: Int, seed: UInt64) -> ImageSet {
    precondition(count > 0, "a draw of \(count) images")
    var generator = SplitMix64(seed: seed)
    let indices = generator.sample(min(count, items.count), of: items.count)
    return replacingItems(with: indices.map { items[$0] })
  }

  /// Name, label and byte count of every image, a line each: what identifies the list.
  ///
  /// Records of batch files are all of one size and named alike whatever they hold: theirs ends with the
  /// SHA-256 of their file.
  package var manifest: String {
    items.map { item in
      let line = "\(item.name)\t\(item.label.map(String.init) ?? "-")\t\(item.byteCount)"
      guard case .record(_, _, let sha256) = item.source else { return line + "\n" }
      return line + "\t\(sha256)\n"
    }.joined()
  }

  /// Reads and decodes one image; throws, naming it, if it cannot be read.
  package func load(_ item: Item) throws(InputError) -> Image {
    switch item.source {
    case .file(let path): try ImageFile.decode(try contents(of: item), name: path)
    case .record(let path, let index, _): try CIFAR10.image(at: index, ofBatch: path)
    }
  }

  /// The bytes of one image's file, or of a record's pixels; throws, naming it, if they cannot be read.
  package func contents(of item: Item) throws(InputError) -> Data {
    switch item.source {
    case .file(let path):
      do { return try Data(contentsOf: URL(filePath: path)) } catch {
        throw InputError(
          .missingInput, "cannot read the image", at: path, because: systemReason(error))
      }
    case .record(let path, let index, _):
      return Data(try CIFAR10.image(at: index, ofBatch: path).pixels)
    }
  }
}

extension ImageSet {
  /// Lists the images of a folder, whose layout is told by what it holds: CIFAR-10's binary batches;
  /// a folder per class; or images alone, labelled for evaluation if a label file is in it or beside it.
  ///
  /// - Parameter labels: a label file to use for a flat folder instead of looking for one.
  package static func open(
    _ url: URL, purpose: Purpose = .evaluation, labels: URL? = nil
  ) throws(InputError) -> ImageSet {
    let folder = try Folder(url)
    func requireNoLabelFile() throws(InputError) {
      guard let labels else { return }
      throw InputError(
        .usage, "cannot use the label file", at: labels.path,
        because: "the images in \(url.path) have labels already: their folders or records",
        try: "leave out --labels")
    }
    if folder.files.contains(where: { CIFAR10.isBatch($0.name) }) {
      try requireNoLabelFile()
      return try CIFAR10.open(folder, purpose: purpose)
    }
    let images = folder.files.filter(\.isImage)
    guard !folder.subfolders.isEmpty || !images.isEmpty else {
      throw InputError(
        .badData, "cannot list the images", at: url.path,
        because: "there are neither class folders nor .jpg, .jpeg or .png files in it")
    }
    if images.isEmpty {
      try requireNoLabelFile()
      return try imageFolder(folder)
    }
    guard folder.subfolders.isEmpty else {
      throw InputError(
        .badData, "cannot list the images", at: url.path,
        because:
          "it holds \(folder.subfolders.count) folders and \(images.count) images beside them",
        try: "give a folder of class folders or a folder of images")
    }
    return try flatFolder(folder, images: images, purpose: purpose, labels: labels)
  }

  /// Images without folders: labelled by a label file, which calibration does not look for.
  private static func flatFolder(
    _ folder: Folder, images: [Folder.File], purpose: Purpose, labels: URL?
  ) throws(InputError) -> ImageSet {
    let labelURL = labels ?? (purpose == .evaluation ? LabelFile.url(for: folder.path) : nil)
    guard let labelURL else {
      return ImageSet(
        items: images.map { $0.item(label: nil) }, classNames: [], layout: "flat folder")
    }
    let labelFile = try LabelFile(contentsOf: labelURL)
    var items: [Item] = []
    for image in images { items.append(image.item(label: try labelFile.label(of: image.name))) }
    return ImageSet(items: items, classNames: ImageNetClasses.wnids, layout: "ILSVRC validation")
  }
}
