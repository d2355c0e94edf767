package import Foundation

/// A reader of whole files that maps their bytes instead of copying them.
package enum MappedFile {
  /// Returns the bytes of the regular file at `url`; throws `missingInput` for anything else.
  package static func read(_ url: URL) throws(InputError) -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw failure(url, because: "there is no such file", try: "check the path")
    }
    guard !isFolder.boolValue else {
      throw failure(url, because: "it is a folder", try: "name a file in it")
    }
    do {
      let values = try url.resolvingSymlinksInPath()
        .resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
      guard values.isRegularFile == true else {
        throw failure(url, because: "it is not a regular file", try: "name a regular file")
      }
      return values.fileSize == 0 ? Data() : try Data(contentsOf: url, options: .alwaysMapped)
    } catch let error as InputError {
      throw error
    } catch {
      throw failure(url, because: systemReason(error))
    }
  }

  private static func failure(
    _ url: URL, because reason: String, try remedy: String = "check its permissions"
  ) -> InputError {
    InputError(
      .missingInput, "cannot open the file", at: url.relativePath, because: reason, try: remedy)
  }
}
