import Files
import Foundation

/// The paths of a command line and their roles.
///
/// It recognises models and images that are swapped, archives, and folders in place of files. The code
/// that opens a path checks everything else.
struct PathRoles {
  private static let modelEndings: Set<String> = [
    "pth", "pt", "th", "bin", "ckpt", "safetensors", "onnx", "mixq",
  ]
  private static let imageEndings: Set<String> = [
    "jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "ppm", "pgm", "pbm",
  ]
  /// Endings of archives, with the command that unpacks them.
  private static let unpackers = [
    "tar": "tar -xf", "tgz": "tar -xf", "tbz2": "tar -xf", "txz": "tar -xf", "gz": "tar -xf",
    "bz2": "tar -xf", "xz": "tar -xf", "zst": "tar -xf", "zip": "unzip", "7z": "7z x",
    "rar": "unrar x",
  ]

  /// The path of the model or packed file.
  private var model: URL?
  /// The images to classify.
  private var images: [URL] = []
  /// The options that name folders of images.
  private var folders: [(option: String, url: URL)] = []
  private let name: String

  init(_ line: CommandLineWords) {
    name = line.name
    let slots = line.slots.map { $0.valueName ?? "" }
    if let index = slots.firstIndex(where: { ["model", "file"].contains($0) }) {
      model = Path(argument: line.positionals[index])?.url
    }
    if let index = slots.firstIndex(of: "images") {
      images = line.positionals[index...].compactMap { Path(argument: $0)?.url }
    }
    for option in ["data", "calibration"] {
      guard let path = line.values[option].flatMap({ Path(argument: $0) }) else { continue }
      folders.append(("--\(option)", path.url))
    }
  }

  /// Throws an error with advice if a path is not of the kind that the command needs.
  func check() throws(InputError) {
    if let model {
      let holdsImages = Self.holdsImages(model)
      if holdsImages, let swapped = folders.first(where: { Self.isModel($0.url) }) {
        throw InputError(
          .swappedPaths, "the model and the images are swapped", at: swapped.option,
          because: "\(swapped.url.relativePath) is a model, and \(model.relativePath) holds images",
          try: "write \(name) \(swapped.url.relativePath) \(swapped.option) \(model.relativePath)")
      }
      if holdsImages {
        throw InputError(
          .folderForFile, "cannot open the model", at: model.relativePath,
          because: "it is a folder of images", try: "name the model first, and images by options")
      }
      if let advice = Self.unpackingAdvice(model), !Self.isPyTorch(model) {
        throw InputError(
          .archive, "cannot open the model", at: model.relativePath,
          because: "it is an archive", try: advice)
      }
    }
    for folder in folders where Self.isFile(folder.url) {
      try refuseFile(folder.url, of: folder.option)
    }
    for image in images where Self.isFolder(image) {
      throw InputError(
        .folderForFile, "cannot classify the image", at: image.relativePath,
        because: "it is a folder", try: "name its images, such as \(image.relativePath)/*.jpg")
    }
  }

  private func refuseFile(_ url: URL, of option: String) throws(InputError) {
    let place = "\(option) \(url.relativePath)"
    if let advice = Self.unpackingAdvice(url) {
      throw InputError(
        .archive, "cannot list the images", at: place, because: "it is an archive, not a folder",
        try: advice)
    }
    let ending = url.pathExtension.lowercased()
    let kind =
      Self.isModel(url)
      ? "a model" : Self.imageEndings.contains(ending) ? "a single image" : "a file"
    throw InputError(
      .fileForFolder, "cannot list the images", at: place, because: "it is \(kind), not a folder",
      try: kind == "a single image"
        ? "name the folder that holds it, or use mixq classify for single images"
        : "name a folder of images")
  }

  private static func isFile(_ url: URL) -> Bool { type(of: url) == .typeRegular }
  private static func isFolder(_ url: URL) -> Bool { type(of: url) == .typeDirectory }

  /// Returns the type of the item to which a path leads.
  private static func type(of url: URL) -> FileAttributeType? {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: url.resolvingSymlinksInPath().path)
    return attributes?[.type] as? FileAttributeType
  }

  private static func isModel(_ url: URL) -> Bool {
    isFile(url)
      && (modelEndings.contains(url.pathExtension.lowercased())
        || url.lastPathComponent.hasSuffix(".pth.tar"))
  }

  /// Returns true if `url` is a folder whose first entries, or those of its first folder, are images and
  /// no models.
  private static func holdsImages(_ url: URL, isTop: Bool = true) -> Bool {
    guard isFolder(url), let folder = opendir(url.path) else { return false }
    defer { closedir(folder) }
    var hasImage = false
    var firstFolder: URL?
    // A folder may hold millions of images.
    for _ in 0..<1000 {
      guard let entry = readdir(folder) else { break }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard !name.hasPrefix(".") else { continue }
      let place = url.appending(path: name)
      let ending = place.pathExtension.lowercased()
      if modelEndings.contains(ending) || name == "config.json" { return false }
      if imageEndings.contains(ending) { hasImage = true }
      if isTop, firstFolder == nil, isFolder(place) { firstFolder = place }
    }
    return hasImage || firstFolder.map { holdsImages($0, isTop: false) } ?? false
  }

  /// Returns advice on how to unpack `url`; nil if it is not an archive.
  private static func unpackingAdvice(_ url: URL) -> String? {
    guard isFile(url), let unpacker = unpackers[url.pathExtension.lowercased()] else { return nil }
    return "unpack it, for example with \(unpacker) \(url.relativePath), and name its content"
  }

  /// Returns true if a file with the ending of an archive is nevertheless a checkpoint of PyTorch.
  private static func isPyTorch(_ url: URL) -> Bool {
    if url.lastPathComponent.hasSuffix(".pth.tar") { return true }
    let start = InputFile.start(of: url.path, count: 512) ?? []
    // Zip archives of PyTorch begin with this member; older files are bare pickles.
    let isTape = start.count >= 262 && start[257..<262].elementsEqual("ustar".utf8)
    let isZip = start.starts(with: "PK".utf8)
    guard isZip else { return !isTape && start.first == 0x80 }
    return String(decoding: start, as: UTF8.self).contains("data.pkl")
  }
}
