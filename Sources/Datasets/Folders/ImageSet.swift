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
    let source: Source

    init(name: String, label: Int?, source: Source = .file) {
      self.name = name
      self.label = label
      self.source = source
    }
  }

  enum Source: Sendable, Equatable {
    /// A file below the set's folder.
    case file
    /// A record of a CIFAR-10 batch file, with its index and the SHA-256 of the whole file.
    indirect case record(path: String, index: Int, sha256: String)
  }

  /// The origin of the labels, which decides the meaning of numbers.
  package enum LabelSource: Sendable {
    /// One folder per class, or the names of CIFAR-10.
    case folders
    /// A list of names and classes.
    case list
  }

  package let items: [Item]
  /// The names of the classes, in label order; empty for images without labels.
  package let classNames: [String]
  package let labelSource: LabelSource
  /// The layout that was recognised, for example `ImageFolder`.
  package let layout: String
  /// The lines about files of the folder that are not in the set, for printing.
  package let notes: [String]
  /// The path of the folder.
  let root: String

  init(
    items: [Item], classNames: [String], labelSource: LabelSource = .folders, layout: String,
    notes: [String] = [], root: String
  ) {
    self.items = items
    self.classNames = classNames
    self.labelSource = labelSource
    self.layout = layout
    self.notes = notes
    self.root = root
  }

  /// Returns a set with the same classes and other items.
  private func replacingItems(with items: [Item]) -> ImageSet {
    ImageSet(
      items: items, classNames: classNames, labelSource: labelSource, layout: layout,
      notes: notes, root: root)
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
      let size = facts(of: item).map { String($0.byteCount) } ?? "-"
      let line = "\(item.name)\t\(item.label.map(String.init) ?? "-")\t\(size)"
      guard case .record(_, _, let sha256) = item.source else { return line + "\n" }
      return line + "\t\(sha256)\n"
    }.joined()
  }

  /// The SHA-256 of the list with the labels, and with the sizes and times of change of all files.
  ///
  /// It costs one system call per file. The hash of all contents would read every file.
  package var fileDigest: String {
    var hash = SHA256()
    for item in items {
      let facts = facts(of: item)
      let numbers = [item.label, facts?.byteCount, facts?.changed]
        .map { $0.map(String.init) ?? "-" }
      hash.update("\(item.name)\t\(numbers.joined(separator: "\t"))\n".utf8)
      if case .record(_, _, let sha256) = item.source { hash.update("\(sha256)\n".utf8) }
    }
    return hash.finalize()
  }

  /// Returns the path of an image's file, or of the batch file that contains it.
  package func path(of item: Item) -> String {
    guard case .record(let path, _, _) = item.source else { return root + "/" + item.name }
    return path
  }

  /// The size and the identity of an image's file.
  package struct FileFacts: Sendable, Equatable {
    /// A file's place on its device; two names of one file have the same identity.
    package struct Identity: Sendable, Hashable {
      let device: UInt64
      let inode: UInt64
    }

    /// The size of the file or record in bytes.
    package let byteCount: Int
    /// The time of the last change of the file, in nanoseconds; nil for a record.
    package let changed: Int?
    /// The identity of the file; nil for a record.
    package let identity: Identity?
  }

  /// Returns the facts about an image's file or record; nil if there is no such file.
  ///
  /// Only this function examines files, because listing a folder must not examine every file.
  package func facts(of item: Item) -> FileFacts? {
    guard case .file = item.source else {
      return FileFacts(byteCount: CIFAR10.recordSize, changed: nil, identity: nil)
    }
    var information = stat()
    guard stat(path(of: item), &information) == 0 else { return nil }
    return FileFacts(
      byteCount: Int(information.st_size),
      changed: information.st_mtim.tv_sec * 1_000_000_000 + information.st_mtim.tv_nsec,
      identity: .init(
        device: UInt64(information.st_dev), inode: UInt64(information.st_ino)))
  }

  /// Reads and decodes one image; throws an error that names it if it cannot be read.
  package func load(_ item: Item) throws(InputError) -> Image {
    switch item.source {
    case .file: try ImageFile.decode(try contents(of: item), name: path(of: item))
    case .record(let path, let index, _): try CIFAR10.image(at: index, ofBatch: path)
    }
  }

  /// Returns the bytes of an image's file, or of a record's pixels.
  ///
  /// - Throws: An error that names the image if its bytes cannot be read.
  package func contents(of item: Item) throws(InputError) -> Data {
    switch item.source {
    case .file: try InputFile.read(URL(filePath: path(of: item)), limit: ImageFile.largestFile)
    case .record(let path, let index, _):
      Data(try CIFAR10.image(at: index, ofBatch: path).pixels)
    }
  }
}
