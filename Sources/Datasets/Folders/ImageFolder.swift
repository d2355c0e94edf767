internal import Files

extension ImageSet {
  /// Lists a folder with one folder per class, numbered in the byte order of their names.
  ///
  /// Images lie in a class's folder or at any depth below it. As in torchvision, a class without
  /// images is an error.
  static func imageFolder(
    _ top: FolderWalk.Listing, _ walk: inout FolderWalk
  ) throws(InputError) -> ImageSet {
    try refuseSplits(top.folders, at: walk.root)
    var items: [Item] = []
    for (label, folder) in top.folders.enumerated() {
      let images = try walk.images(below: folder)
      guard !images.isEmpty else {
        throw InputError(
          .badImageFolder, "cannot list the images", at: "\(walk.root)/\(folder)",
          because: "the class folder holds no image", try: "remove the empty folder, or fill it")
      }
      items += images.map { Item(name: $0, label: label) }
    }
    return ImageSet(
      items: items, classNames: top.folders, layout: "ImageFolder", notes: walk.notes,
      root: walk.root)
  }

  /// Throws `badData` if the folders are splits, which would pass for classes called train and val.
  private static func refuseSplits(_ folders: [String], at root: String) throws(InputError) {
    let splits: Set = ["train", "val", "valid", "validation", "test", "calibration", "evaluation"]
    guard folders.allSatisfy({ splits.contains($0.lowercased()) }) else { return }
    throw InputError(
      .badImageFolder, "cannot list the images", at: root,
      because: "its folders are splits, not classes: \(folders.joined(separator: ", "))",
      try: "name one of these folders instead")
  }
}
