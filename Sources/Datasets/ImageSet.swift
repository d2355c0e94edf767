internal import Execution
package import Files
package import Foundation

/// The images of a folder, listed but not decoded.
///
/// Their order does not depend on the file system.
package struct ImageSet: Sendable {
  /// The use of the images; CIFAR-10 keeps the images for each use in different files.
  package enum Purpose: Sendable {
    case evaluation
    case calibration
  }

  /// One image: its source and its label.
  package struct Item: Sendable, Equatable {
    /// The path below the folder, or the record of a batch file; it identifies the image.
    package let name: String
    /// The index of its class in `classNames`; `nil` for images without labels.
    package let label: Int?
    /// The size of the file or record in bytes.
    package let byteCount: Int
    let source: Source
  }

  enum Source: Sendable, Equatable {
    case file(String)
    /// A record of a CIFAR-10 batch file, with its index and the SHA-256 of the whole file.
    case record(path: String, index: Int, sha256: String)
  }

  package let items: [Item]
  /// The names of the classes, in label order; empty for images without labels.
  package let classNames: [String]
  /// The layout that was recognised, for example `ImageFolder`.
  package let layout: String

  /// Returns a set with the same classes and other items.
  private func replacingItems(with items: [Item]) -> ImageSet {
    ImageSet(items: items, classNames: classNames, layout: layout)
  }

  /// Returns at most `count` images, spread evenly over the list, so that all classes remain.
  package func limited(to count: Int) -> ImageSet {
    precondition(count > 0, "a limit of \(count) images")
    guard count < items.count else { return self }
    return replacingItems(with: (0..<count).map { items[$0 * items.count / count] })
  }

  /// Returns the first `count` images of the list, or all of them if there are fewer.
  package func prefix(_ count: Int) -> ImageSet { replacingItems(with: Array(items.prefix(count))) }

  /// Returns the first `count` images of the list in a shuffled order that `seed` fixes.
  ///
  /// If there are fewer images, it returns all of them.
  package func drawing(_ count: Int, seed: UInt64) -> ImageSet {
    precondition(count > 0, "a draw of \(count) images")
    var generator = SplitMix64(seed: seed)
    let indices = generator.sample(min(count, items.count), of: items.count)
    return replacingItems(with: indices.map { items[$0] })
  }

  /// The text that identifies the list: one line with name, label and byte count per image.
  ///
  /// All records of batch files have the same size, and their names do not depend on their content.
  /// Their lines therefore end with the SHA-256 of the file.
  package var manifest: String {
    items.map { item in
      let line = "\(item.name)\t\(item.label.map(String.init) ?? "-")\t\(item.byteCount)"
      guard case .record(_, _, let sha256) = item.source else { return line + "\n" }
      return line + "\t\(sha256)\n"
    }.joined()
  }

  /// Reads and decodes one image; throws an error that names it if it cannot be read.
  package func load(_ item: Item) throws(InputError) -> Image {
    switch item.source {
    case .file(let path): try ImageFile.decode(try contents(of: item), name: path)
    case .record(let path, let index, _): try CIFAR10.image(at: index, ofBatch: path)
    }
  }

  /// Returns the bytes of an image's file, or of a record's pixels.
  ///
  /// - Throws: An error that names the image if its bytes cannot be read.
  package func contents(of item: Item) throws(InputError) -> Data {
    switch item.source {
    case .file(let path):
      return try InputFile.read(URL(filePath: path))
    case .record(let path, let index, _):
      return Data(try CIFAR10.image(at: index, ofBatch: path).pixels)
    }
  }
}

extension ImageSet {
  /// Lists the images of a folder.
  ///
  /// The content of the folder shows its layout: the binary batches of CIFAR-10, one folder per
  /// class, or images alone. For evaluation, images alone are labelled by a label file in the
  /// folder or beside it, if there is one.
  ///
  /// - Parameter labels: A label file for images alone, used instead of looking for one.
  /// - Throws: `missingInput` if the folder cannot be read, `badData` if its layout is not
  ///   supported, `usage` if `labels` is given for images that are labelled already.
  package static func open(
    _ url: URL, purpose: Purpose = .evaluation, labels: URL? = nil
  ) throws(InputError) -> ImageSet {
    let folder = try Folder(url)
    func requireNoLabelFile() throws(InputError) {
      guard let labels else { return }
      throw InputError(
        .usage, "cannot use the label file", at: labels.path,
        because: "the folders or records of \(url.path) already label its images",
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
        because: "it holds neither class folders nor .jpg, .jpeg or .png files",
        try: "name a folder of images or of class folders")
    }
    if images.isEmpty {
      try requireNoLabelFile()
      return try imageFolder(folder)
    }
    guard folder.subfolders.isEmpty else {
      throw InputError(
        .badData, "cannot list the images", at: url.path,
        because:
          "it holds \(folder.subfolders.count) folders and also \(images.count) images",
        try: "name a folder that holds only class folders or only images")
    }
    return try flatFolder(folder, images: images, purpose: purpose, labels: labels)
  }

  /// Lists images without class folders.
  ///
  /// A label file gives their labels; calibration does not look for one.
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
