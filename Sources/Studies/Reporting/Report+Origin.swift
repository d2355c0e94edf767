import Datasets
import Files
import Reports

extension Report {
  /// Adds what made the report, one fact per line, without those that are empty.
  mutating func addOrigin(_ facts: [(name: String, value: String)]) {
    for (name, value) in facts where !value.isEmpty { origin.append([name, value], limit: 8000) }
  }

  /// Returns the words of a command line as a shell takes them, with the program's name alone.
  static func commandLine(_ words: [String]) -> String {
    guard let program = words.first else { return "" }
    let name = String(program.split(separator: "/").last ?? "")
    return ([name] + words.dropFirst().map(quoted)).joined(separator: " ")
  }

  private static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.allSatisfy {
        ($0.isASCII && ($0.isLetter || $0.isNumber)) || "-_=+./,:@%".contains($0)
      }
    return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
  }
}

extension Report.Subject {
  init(
    model: String, architecture: String, parameterCount: Int, imageSize: Int,
    transform: Transform, evaluation: String, calibration: String
  ) {
    let fraction = transform.resize.flatMap { resize in
      transform.crop.map { Double($0) / Double(resize) }
    }
    self.init(
      model: model, architecture: architecture, parameterCount: parameterCount,
      imageSize: imageSize, cropFraction: fraction ?? 1,
      interpolation: transform.interpolation.rawValue, evaluation: evaluation,
      calibration: calibration)
  }
}
