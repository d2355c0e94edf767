internal import Files
internal import Foundation

/// A listing of the visible regular files and folders in one folder, in byte order of their names.
///
/// A symbolic link counts as the file or folder that it points at.
struct Folder {
  struct File {
    /// The path below the folder that the user named.
    let name: String
    let path: String
    let byteCount: Int

    /// True if the extension is that of an image.
    ///
    /// Like torchvision, it goes by the extension, because a listing must not read every file.
    var isImage: Bool {
      ["jpg", "jpeg", "png"].contains(URL(filePath: name).pathExtension.lowercased())
    }

    func item(label: Int?) -> ImageSet.Item {
      ImageSet.Item(name: name, label: label, byteCount: byteCount, source: .file(path))
    }
  }

  let path: String
  let files: [File]
  /// The names of the folders in it.
  let subfolders: [String]

  init(_ url: URL) throws(InputError) { try self.init(path: url.path, prefix: "") }

  /// Lists the folder at `path`.
  ///
  /// - Parameter prefix: The text before the names of the files: `""`, or a path ending in a slash.
  /// - Throws: `missingInput` if the folder cannot be read, `badData` if a name is not UTF-8.
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

  /// Returns the names in the folder at `path`.
  ///
  /// Foundation is not used, because it silently leaves out names that are not UTF-8.
  private static func names(in path: String) throws(InputError) -> [String] {
    guard let folder = opendir(path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw InputError(
        .missingInput, "cannot list the images", at: path,
        because: exists ? "it is not a folder that can be read" : "there is no such folder",
        try: "check the path")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw InputError(
          .badData, "cannot list the images", at: path,
          because: "the name \(String(decoding: bytes, as: UTF8.self)) in it is not UTF-8",
          try: "rename that file")
      }
      names.append(name)
    }
    return names
  }

  /// Returns true if `left` comes first in byte order.
  ///
  /// This is the order of Python's `sorted`, which numbers the classes of torchvision's
  /// ImageFolder.
  static func inByteOrder(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

extension ImageSet {
  /// Lists a folder with one folder per class, numbered in the byte order of their names.
  ///
  /// Images lie in a class's folder or one folder deeper. As in torchvision, a class without images
  /// is an error.
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

  /// Throws `badData` if the folders are splits, which would pass for classes called train and val.
  private static func refuseSplits(_ root: Folder) throws(InputError) {
    let splits: Set = ["train", "val", "valid", "validation", "test", "calibration", "evaluation"]
    guard root.subfolders.allSatisfy({ splits.contains($0.lowercased()) }) else { return }
    throw InputError(
      .badData, "cannot list the images", at: root.path,
      because: "its folders are splits, not classes: \(root.subfolders.joined(separator: ", "))",
      try: "name one of these folders instead")
  }
}
