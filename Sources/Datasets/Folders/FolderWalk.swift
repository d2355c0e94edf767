internal import Files
internal import Foundation

/// A walk through a data folder that accounts for every file.
///
/// A file is an image of the set, or it is counted under a rule that skips it, or it is a fault.
/// Links are followed, as torchvision's ImageFolder follows them. Only links and files of unknown
/// kind cost a system call.
struct FolderWalk {
  /// The content of one folder; names are relative to the root of the walk.
  struct Listing {
    var images: [String] = []
    var folders: [String] = []
    /// The visible files that are not images.
    var others: [String] = []
  }

  /// The limits that end a walk through links that lead to ever more folders.
  private static let deepestFolder = 64
  private static let mostFolders = 1_000_000

  private struct Identity: Equatable {
    let device: dev_t
    let inode: ino_t
  }

  let root: String
  private(set) var skipped = FileTally<SkippingRule>()
  private(set) var faults = FileTally<ImageFault>()
  private var ancestors: [Identity] = []
  private var folderCount = 0

  init(root: String) { self.root = root }

  /// Lists one folder and counts what is skipped in it.
  ///
  /// - Parameter folder: The path relative to the root; empty for the root itself.
  /// - Throws: `missingInput` if the folder cannot be read, `badData` if a name is not UTF-8.
  mutating func list(_ folder: String) throws(InputError) -> Listing {
    var listing = Listing()
    let entries = try FolderEntries(path: path(folder))
    let prefix = folder.isEmpty ? "" : folder + "/"
    entries.forEach { name, kind in
      if name.hasPrefix(".") {
        skipped.add(prefix + name, .hidden)
      } else {
        add(prefix + name, name, kind, to: &listing)
      }
    }
    return listing
  }

  /// Returns the images below a folder at any depth, in torchvision's order.
  ///
  /// The folders are sorted by their paths, and in each folder the files by their names.
  ///
  /// - Throws: `missingInput` if a folder cannot be read, `badData` if a name is not UTF-8 or the
  ///   folders are too many or too deep.
  mutating func images(below folder: String) throws(InputError) -> [String] {
    var found: [(folder: String, images: [String])] = []
    ancestors = folder.isEmpty ? [] : [identity(of: "")]
    try collect(folder, into: &found)
    guard found.count > 1 else { return found.first?.images ?? [] }
    return found.sorted { String.isInByteOrder($0.folder, $1.folder) }.flatMap(\.images)
  }

  private mutating func collect(
    _ folder: String, into found: inout [(folder: String, images: [String])]
  ) throws(InputError) {
    // A folder that `stat` cannot examine fails when it is listed.
    let identity = identity(of: folder)
    guard !ancestors.contains(identity) else {
      skipped.add(folder, .cycle)
      return
    }
    ancestors.append(identity)
    defer { ancestors.removeLast() }
    folderCount += 1
    let isTooDeep = ancestors.count > Self.deepestFolder
    guard !isTooDeep, folderCount <= Self.mostFolders else {
      throw InputError(
        .badImageFolder, "cannot list the images", at: path(folder),
        because: isTooDeep
          ? "its folders are nested more than \(Self.deepestFolder) deep"
          : "there are more than \(Self.mostFolders) folders",
        try: "check for links that lead to the same folders again and again")
    }
    let listing = try list(folder)
    if !listing.images.isEmpty { found.append((folder, listing.images)) }
    for subfolder in listing.folders { try collect(subfolder, into: &found) }
  }

  /// Counts an image of the walk that is left out of the set.
  mutating func skip(_ image: String, _ rule: SkippingRule) { skipped.add(image, rule) }

  private func identity(of folder: String) -> Identity {
    var information = stat()
    _ = stat(path(folder), &information)
    return Identity(device: information.st_dev, inode: information.st_ino)
  }

  private func path(_ name: String) -> String { name.isEmpty ? root : root + "/" + name }

  /// Adds an entry of a folder to its listing, or counts it.
  private mutating func add(
    _ place: String, _ name: String, _ kind: FolderEntries.Kind, to listing: inout Listing
  ) {
    switch kind {
    case .file: addFile(place, name, to: &listing)
    case .folder: addFolder(place, name, to: &listing)
    case .special: addSpecial(place, name, to: &listing)
    case .link, .unknown:
      var information = stat()
      guard stat(path(place), &information) == 0 else {
        return addBroken(place, name, reason: errno, to: &listing)
      }
      switch information.st_mode & S_IFMT {
      case S_IFREG: addFile(place, name, to: &listing)
      case S_IFDIR: addFolder(place, name, to: &listing)
      default: addSpecial(place, name, to: &listing)
      }
    }
  }

  private mutating func addFolder(_ place: String, _ name: String, to listing: inout Listing) {
    if FileNameKind.isSystemFolder(name) {
      skipped.add(place, .systemFolder, kind: name)
    } else {
      listing.folders.append(place)
    }
  }

  private mutating func addFile(_ place: String, _ name: String, to listing: inout Listing) {
    switch FileNameKind(name: name) {
    case .image: listing.images.append(place)
    case .unreadImage:
      faults.add(place, .format)
      listing.images.append(place)
    case .other(let ending):
      skipped.add(place, .notImage, kind: ending)
      listing.others.append(place)
    case .unknown:
      switch InputFile.start(of: path(place)) {
      case nil:
        faults.add(place, .unreadable)
        listing.images.append(place)
      case let start? where ImageFormat(start: start) != nil: listing.images.append(place)
      default:
        skipped.add(place, .unknown)
        listing.others.append(place)
      }
    }
  }

  private mutating func addSpecial(_ place: String, _ name: String, to listing: inout Listing) {
    guard FileNameKind(name: name) == .image else {
      skipped.add(place, .special)
      return
    }
    faults.add(place, .special)
    listing.images.append(place)
  }

  /// Adds an entry that `stat` refuses.
  ///
  /// An entry whose name shows nothing may have been a link to a class folder, so it is a fault.
  private mutating func addBroken(
    _ place: String, _ name: String, reason: Int32, to listing: inout Listing
  ) {
    let isMissing = [ENOENT, ENOTDIR, ELOOP].contains(reason)
    switch FileNameKind(name: name) {
    case .image, .unreadImage:
      faults.add(place, isMissing ? .brokenLink : .unreadable)
      listing.images.append(place)
    case .other(let ending): skipped.add(place, .notImage, kind: ending)
    case .unknown:
      faults.add(place, isMissing ? .brokenLink : .unreadable)
      skipped.add(place, .brokenLink)
    }
  }
}
