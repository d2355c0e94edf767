package import Files
package import Foundation

extension ImageSet {
  /// Lists the images of a folder.
  ///
  /// The content of the folder shows its layout: the binary batches of CIFAR-10, one folder per
  /// class, or images alone. For evaluation, images alone are labelled by a list in the folder or
  /// beside it, if there is one. Every file below the folder is in the set, in `notes` or an error.
  ///
  /// - Parameters:
  ///   - labels: A list of names and classes, used instead of the folders.
  ///   - skipBadImages: True to leave out images without a file, a readable format or a label. If
  ///     false, they are an error that counts them.
  /// - Throws: `missingInput` if the folder cannot be read, `badData` if its layout is not
  ///   supported or images are missing, `usage` if `labels` is given for CIFAR-10's batches.
  package static func open(
    _ url: URL, purpose: Purpose = .evaluation, labels: URL? = nil, skipBadImages: Bool = false
  ) throws(InputError) -> ImageSet {
    var walk = FolderWalk(root: url.path)
    let top = try walk.list("")
    let set = try list(top, &walk, purpose: purpose, labels: labels, skipBadImages: skipBadImages)
    if !skipBadImages { try walk.faults.throwIfAny(at: url.path) }
    return set
  }

  private static func list(
    _ top: FolderWalk.Listing, _ walk: inout FolderWalk, purpose: Purpose, labels: URL?,
    skipBadImages: Bool
  ) throws(InputError) -> ImageSet {
    if top.others.contains(where: CIFAR10.isBatch) {
      return try cifar(top, walk, purpose: purpose, labels: labels)
    }
    let list = labels ?? (purpose == .evaluation ? labelList(for: top, root: walk.root) : nil)
    if let list {
      return try labelled(by: list, &walk, skipBadImages: skipBadImages)
    }
    guard !top.folders.isEmpty || !top.images.isEmpty else {
      throw refusal(
        walk, "it holds neither class folders nor images",
        try: "name a folder of images or of class folders")
    }
    if top.images.isEmpty { return try imageFolder(top, &walk) }
    guard top.folders.isEmpty else {
      throw refusal(
        walk, "it holds \(top.folders.count) folders and also \(top.images.count) images",
        try: "name a folder that holds only class folders or only images, or give --labels")
    }
    return ImageSet(
      items: top.images.map { Item(name: $0, label: nil) }, classNames: [], layout: "flat folder",
      notes: walk.notes, root: walk.root)
  }

  static func refusal(
    _ walk: FolderWalk, _ reason: String, try remedy: String
  ) -> InputError {
    let skipped = walk.skipped.summary.map { " (skipped: \($0))" } ?? ""
    return InputError(
      .badImageFolder, "cannot list the images", at: walk.root, because: reason + skipped,
      try: remedy)
  }

  private static func cifar(
    _ top: FolderWalk.Listing, _ walk: FolderWalk, purpose: Purpose, labels: URL?
  ) throws(InputError) -> ImageSet {
    if let labels {
      throw InputError(
        .unusedOption, "cannot use the label list", at: labels.path,
        because: "the records of \(walk.root) already label its images", try: "leave out --labels")
    }
    let strays = top.images.count + top.folders.count
    guard strays == 0 else {
      throw refusal(
        walk, "it holds CIFAR-10's batches and also \(strays) images or folders",
        try: "name a folder that holds only the batches")
    }
    return try CIFAR10.open(root: walk.root, names: top.others, purpose: purpose)
  }

  /// Returns the label list of images without class folders, if there is one in a known place.
  ///
  /// Tiny ImageNet keeps its validation images in a folder `images` beside the list.
  private static func labelList(for top: FolderWalk.Listing, root: String) -> URL? {
    if top.folders.isEmpty, !top.images.isEmpty { return LabelList.url(for: root) }
    guard top.folders == ["images"], top.others.contains(LabelList.tinyImageNet) else { return nil }
    return URL(filePath: root + "/" + LabelList.tinyImageNet)
  }

  /// Lists all images below the folder, with the labels of a list.
  private static func labelled(
    by url: URL, _ walk: inout FolderWalk, skipBadImages: Bool
  ) throws(InputError) -> ImageSet {
    // The listing of the top would be counted twice.
    walk = FolderWalk(root: walk.root)
    let images = try walk.images(below: "")
    guard !images.isEmpty else {
      throw refusal(walk, "it holds no images", try: "name a folder of images")
    }
    let list = try LabelList(contentsOf: url, images: images, root: walk.root)
    if !skipBadImages { try list.requireEveryImage() }
    var items: [Item] = []
    for (image, label) in zip(images, list.labels) {
      guard let label else {
        walk.skip(image, .unlabelled)
        continue
      }
      items.append(Item(name: image, label: label))
    }
    return ImageSet(
      items: items, classNames: list.classNames, labelSource: .list,
      layout: "labelled by \(url.lastPathComponent)", notes: walk.notes + list.notes,
      root: walk.root)
  }
}

extension FolderWalk {
  /// The line about skipped files, if there are any.
  var notes: [String] { skipped.summary.map { ["skipped    \($0)"] } ?? [] }
}
