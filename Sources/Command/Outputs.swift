import Files
import Foundation

/// Checks before any work that a file can be written; of several ranks, only the first checks.
///
/// - Parameters:
///   - overwriting: True if an existing file may be overwritten.
///   - inputs: The files that the command reads, which are never overwritten.
/// - Throws: `cannotWrite` if `url` exists and must not be overwritten, if it is not a regular file,
///   or if its folder is absent or not writable.
func requireWritable(_ url: URL, overwriting: Bool, inputs: [Path?]) throws(InputError) {
  guard RankedRun.isFirst else { return }
  func failure(
    _ reason: String, code: ErrorCode = .outputPlace, try remedy: String
  ) -> InputError {
    InputError(code, "cannot write the file", at: url.path, because: reason, try: remedy)
  }
  let files = FileManager.default
  var isFolder: ObjCBool = false
  if let type = AtomicFile.type(at: url) {
    _ = files.fileExists(atPath: url.path, isDirectory: &isFolder)
    guard !isFolder.boolValue else {
      throw failure("it is a folder", try: "give the name of a file in it")
    }
    guard type == .typeRegular || type == .typeSymbolicLink else {
      throw failure("it is not a regular file", try: "choose another name")
    }
    guard overwriting else {
      throw failure("it exists", code: .outputExists, try: "choose another name, or use --force")
    }
  }
  if let input = inputs.compactMap({ $0?.url }).first(where: { isSameFile($0, url) }) {
    throw failure("the command reads it as \(input.relativePath)", try: "choose another name")
  }
  // File systems allow 255 bytes.
  guard url.lastPathComponent.utf8.count <= 255 else {
    throw failure("its name is longer than 255 bytes", try: "choose a shorter name")
  }
  let parent = url.standardizedFileURL.deletingLastPathComponent().path
  guard files.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue else {
    throw failure("there is no folder \(parent)", try: "make the folder first")
  }
  guard files.isWritableFile(atPath: parent) else {
    throw failure("the folder is not writable", try: "choose another folder")
  }
}

/// Checks before any work that a folder can be written and is not part of the images that are read.
///
/// - Parameter inputs: The folders of images.
/// - Throws: `cannotWrite` if `url` is a file, or lies in one of `inputs`: the next run would read it.
func requireFolder(_ url: URL, apartFrom inputs: [Path]) throws(InputError) {
  func failure(_ reason: String, try remedy: String) -> InputError {
    InputError(
      .outputPlace, "cannot write the folder", at: url.path, because: reason, try: remedy)
  }
  func parts(_ url: URL) -> [String] {
    url.standardizedFileURL.resolvingSymlinksInPath().pathComponents
  }
  var isFolder: ObjCBool = false
  if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue {
    throw failure("it is a file", try: "choose another name")
  }
  if let input = inputs.first(where: { parts(url).starts(with: parts($0.url)) }) {
    throw failure(
      "it lies in \(input.url.relativePath), whose images the command reads",
      try: "choose a folder outside of it")
  }
}

/// Takes the place of an output file; nil if this is not the first rank.
func outputFile(_ url: URL, overwriting: Bool) throws(InputError) -> OutputFile? {
  RankedRun.isFirst ? try OutputFile(url, overwriting: overwriting) : nil
}

/// Returns true if both names refer to the same existing file.
private func isSameFile(_ first: URL, _ second: URL) -> Bool {
  func place(_ url: URL) -> [Int?] {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: url.resolvingSymlinksInPath().path)
    return [attributes?[.systemNumber] as? Int, attributes?[.systemFileNumber] as? Int]
  }
  let (one, other) = (place(first), place(second))
  return one[1] != nil && one == other
}
