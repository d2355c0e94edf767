import Files
import Foundation

extension Report {
  /// The content of all pictures as JSON, without the thumbnails; equal reports give equal text.
  ///
  /// Keys are in snake case and sorted; a number that JSON does not know stands as text.
  package var json: String {
    Files.json(self, isPretty: true, keys: .convertToSnakeCase) + "\n"
  }
}
