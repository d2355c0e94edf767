import Checkpoints
import Foundation
import Tensors

/// Checks before any work that `url` may become a file; throws `cannotWrite` where it exists and is not
/// to be overwritten, where it is no regular file, or where its folder is absent or closed to us.
func requireWritable(_ url: URL, overwriting: Bool) throws(InputError) {
  func failure(_ reason: String, try remedy: String) -> InputError {
    InputError(.cannotWrite, "cannot write the file", at: url.path, because: reason, try: remedy)
  }
  let files = FileManager.default
  var isFolder: ObjCBool = false
  if let type = AtomicFile.type(at: url) {
    _ = files.fileExists(atPath: url.path, isDirectory: &isFolder)
    guard !isFolder.boolValue else { throw failure("it is a folder", try: "name a file in it") }
    guard type == .typeRegular || type == .typeSymbolicLink else {
      throw failure("it is a device or the like", try: "name a file")
    }
    guard overwriting else {
      throw failure("it exists", try: "choose another name, or use --force")
    }
  }
  let parent = url.standardizedFileURL.deletingLastPathComponent().path
  guard files.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue else {
    throw failure("there is no folder \(parent)", try: "make the folder first")
  }
  guard files.isWritableFile(atPath: parent) else {
    throw failure("the folder may not be written to", try: "choose another folder")
  }
}
