/// The kind of a file, as far as its name shows it.
///
/// The name decides whether a file is an image, because a listing must not read every file. The
/// content decides how an image is decoded.
enum FileNameKind: Equatable {
  /// An image in a format that can be read, or that is called like one.
  case image
  /// An image in a format that cannot be read, such as `.gif`.
  case unreadImage(String)
  /// A file that is known not to be an image, by its extension or its whole name.
  case other(String)
  /// A file whose name shows nothing.
  case unknown

  /// The extensions of torchvision's ImageFolder, and other names of the same formats.
  private static let images: Set = [
    "jpg", "jpeg", "png", "ppm", "bmp", "pgm", "tif", "tiff", "webp",
    "jpe", "jfif", "dib", "pbm", "pnm", "apng",
  ]

  private static let unreadImages: Set = [
    "gif", "heic", "heif", "hif", "avif", "jxl", "jp2", "j2k", "jpf", "jpx", "jpm", "svg", "svgz",
    "psd", "xcf", "ico", "icns", "cur", "tga", "pcx", "exr", "hdr", "pfm", "pam", "qoi", "dds",
    "dng", "cr2", "cr3", "nef", "nrw", "arw", "orf", "raf", "rw2", "pef", "sgi", "rgb", "xbm",
    "xpm", "dcm", "fits", "wbmp", "jxr", "wdp", "emf", "wmf", "eps",
  ]

  private static let others: Set = [
    "txt", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "yaml", "yml", "toml", "ini", "cfg",
    "conf", "md", "rst", "html", "htm", "css", "js", "pdf", "doc", "docx", "xls", "xlsx", "odt",
    "ods", "rtf", "log", "db", "sqlite", "py", "pyc", "ipynb", "sh", "bat", "ps1", "c", "h", "cpp",
    "cc", "java", "swift", "m", "mat", "npy", "npz", "pkl", "pickle", "pt", "pth", "h5", "hdf5",
    "parquet", "arrow", "feather", "tfrecord", "tfrecords", "lmdb", "mdb", "rec", "idx", "lst",
    "bin", "dat", "safetensors", "onnx", "zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z",
    "rar", "md5", "sha1", "sha256", "sha512", "sum", "lock", "url", "lnk", "torrent", "names",
    "labels", "prototxt", "caffemodel", "mp4", "avi", "mov", "mkv", "webm", "mp3", "wav",
  ]

  /// The extensions of copies and of unfinished downloads.
  private static let copies: Set = [
    "bak", "old", "orig", "tmp", "temp", "part", "partial", "crdownload", "download", "swp",
  ]

  private static let otherNames: Set = [
    "thumbs.db", "desktop.ini", "icon\r", "readme", "license", "licence", "notice", "changelog",
    "authors", "contributing", "copying", "makefile", "md5sums", "sha256sums", "checksums",
    "index", "labels", "classes", "manifest", "version",
  ]

  /// The folders that systems and tools leave behind, in lower case.
  private static let systemFolders: Set = [
    "__macosx", "@eadir", "lost+found", "$recycle.bin", "system volume information",
    "__pycache__",
  ]

  init(name: String) {
    let lower = name.lowercased()
    if lower.hasSuffix("~") {
      self = .other("copies ending in ~")
    } else if Self.otherNames.contains(lower) {
      self = .other(name)
    } else if let dot = lower.lastIndex(of: ".") {
      let suffix = String(lower[lower.index(after: dot)...])
      switch suffix {
      case _ where Self.images.contains(suffix): self = .image
      case _ where Self.unreadImages.contains(suffix): self = .unreadImage(".\(suffix)")
      case _ where Self.others.contains(suffix) || Self.copies.contains(suffix):
        self = .other(".\(suffix)")
      default: self = .unknown
      }
    } else {
      self = .unknown
    }
  }

  /// Returns true if systems or tools leave folders of this name behind.
  static func isSystemFolder(_ name: String) -> Bool { systemFolders.contains(name.lowercased()) }

  /// Returns the name without the extension, if that is an extension of images.
  static func withoutImageExtension(_ name: Substring) -> Substring {
    let bytes = name.utf8
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return name }
    let suffix = name[bytes.index(after: dot)...].lowercased()
    return images.contains(suffix) || unreadImages.contains(suffix) ? name[..<dot] : name
  }

  /// Returns true if the name ends in an extension of images.
  static func hasImageExtension(_ name: Substring) -> Bool {
    withoutImageExtension(name).endIndex != name.endIndex
  }
}
