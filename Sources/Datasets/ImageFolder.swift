internal import Files
internal import Foundation

/// A listing of one folder: visible regular files and folders, in the byte order of their names.
///
/// Symbolic links count as what they point at.
struct Folder {
  struct File {
    /// The path below the folder that was asked for.
    let name: String
    let path: String
    let byteCount: Int

    /// By extension, as torchvision does: a listing must not read every file.
    var isImage: Bool {
      ["jpg", "jpeg", "png"].contains(URL(filePath: name).pathExtension.lowercased())
    }

    func item(label: Int?) -> ImageSet.Item {
      ImageSet.Item(name: name, label: label, byteCount: byteCount, source: .file(path))
    }
  }

  let path: String
  let files: [File]
  /// Names of the folders in it.
  let subfolders: [String]

  init(_ url: URL) throws(InputError) { try self.init(path: url.path, prefix: "") }

  /// - Parameter prefix: what stands before the names of the files, `""` or ending with a slash.
  init(path: String, prefix: String) throws(InputError) {
    let names = try Folder.names(in: path)
    var files: [File] = []
    var subfolders: [String] = []
    for name in names.filter({ !$0.hasPrefix(".") }).sorted(by: Folder.inByteOrder) {
      var information = stat()
      let file = path + "/" + name
      guard stat(file, &information) == 0 else { continue }
      switch information.st_mode & S_IFMT {
      case S_IFREG:
        files.append(
          File(name: prefix + name, path: file, byteCount: Int(information.st_size)))
      case S_IFDIR: subfolders.append(name)
      default: continue
      }
    }
    self.path = path
    self.files = files
    self.subfolders = subfolders
  }

  /// Not by Foundation, which leaves out names that are not UTF-8 without a word.
  private static func names(in path: String) throws(InputError) -> [String] {
    guard let folder = opendir(path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw InputError(
        .missingInput, "cannot list the images", at: path,
        because: exists ? "it is not a folder that can be read" : "there is no such folder")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw InputError(
          .badData, "cannot list the images", at: path,
          because: "the name \(String(decoding: bytes, as: UTF8.self)) in it is not UTF-8",
          try: "rename it")
      }
      names.append(name)
    }
    return names
  }

  /// The order of Python's `sorted`, which numbers the classes of torchvision's ImageFolder.
  static func inByteOrder(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

extension ImageSet {
  /// A folder per class, whose index is the rank of its name in byte order.
  ///
  /// Images may lie in it or one folder deeper. A class without images is an error, as in torchvision.
  static func imageFolder(_ root: Folder) throws(InputError) -> ImageSet {
    try refuseSplits(root)
    var items: [Item] = []
    for (label, className) in root.subfolders.enumerated() {
      let images = try images(ofClass: className, in: root)
      guard !images.isEmpty else {
        throw InputError(
          .badData, "cannot list the images", at: "\(root.path)/\(className)",
          because: "the class folder holds no .jpg, .jpeg or .png file",
          try: "remove the empty folder, or fill it")
      }
      items += images.map { $0.item(label: label) }
    }
    return ImageSet(items: items, classNames: root.subfolders, layout: "ImageFolder")
  }

  private static func images(
    ofClass className: String, in root: Folder
  ) throws(InputError) -> [Folder.File] {
    let folder = try Folder(path: root.path + "/" + className, prefix: className + "/")
    var files = folder.files
    for name in folder.subfolders {
      files += try Folder(path: folder.path + "/" + name, prefix: "\(className)/\(name)/").files
    }
    return files.filter(\.isImage).sorted { Folder.inByteOrder($0.name, $1.name) }
  }

  /// A folder of splits would otherwise pass for a set of classes called train and val.
  private static func refuseSplits(_ root: Folder) throws(InputError) {
    let splits: Set = ["train", "val", "valid", "validation", "test", "calibration", "evaluation"]
    guard root.subfolders.allSatisfy({ splits.contains($0.lowercased()) }) else { return }
    throw InputError(
      .badData, "cannot list the images", at: root.path,
      because: "its folders are splits, not classes: \(root.subfolders.joined(separator: ", "))",
      try: "give one of them")
  }
}
