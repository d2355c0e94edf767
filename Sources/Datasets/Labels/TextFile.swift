internal import Files
internal import Foundation

/// A small text file that a user gives, such as a list of labels.
enum TextFile {
  /// The largest list to read: a line of 200 bytes for each of five million images.
  private static let limit = 1 << 30

  /// Returns the text of a file, without a byte order mark.
  ///
  /// - Throws: `missingInput` if it cannot be read, `badData` if it is not UTF-8 or too large.
  static func contents(of url: URL) throws(InputError) -> String {
    let bytes = try InputFile.readText(url, limit: limit)
    let mark = Data([0xEF, 0xBB, 0xBF])
    let text = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes
    guard let text = String(validating: text, as: UTF8.self) else {
      throw refused(url, "it is not UTF-8 text")
    }
    return text
  }

  private static func refused(_ url: URL, _ reason: String) -> InputError {
    InputError(
      .badLabels, "cannot use the list", at: url.path, because: reason,
      try: "save it as UTF-8 text, one image per line")
  }
}
