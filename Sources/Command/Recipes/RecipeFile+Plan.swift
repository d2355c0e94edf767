import Files
import Foundation

extension RecipeFile {
  /// The option whose value in a recipe may be a whole plan instead of the path of one.
  static let planOption = "plan"

  /// Returns the JSON of the plan in the file at `url`, which is a plan or a recipe that contains one.
  ///
  /// - Throws: `missingInput` if the file cannot be read.
  static func plan(in url: URL) throws(InputError) -> Data {
    let text = try InputFile.readText(url)
    guard let recipe = try? JSONDecoder().decode(RecipeFile.self, from: text),
      let plan = recipe.options[planOption], case .object = plan
    else { return text }
    return Data(json(plan).utf8)
  }
}
