import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Studies

extension QuantizeCommand {
  /// Opens the images of `--data`, on which the file will be scored; returns nil without them.
  ///
  /// - Throws: The errors of opening images and of matching classes, and `usage` if a calibration image
  ///   is among them and `--allow-overlap` is not given.
  func evaluationSubject(
    of model: CheckpointModel, calibration: CalibrationSet
  ) throws -> EvaluationSubject? {
    guard let data = accuracy.data else { return nil }
    let subject = try EvaluationSubject(
      model: .checkpoint(model), url: self.model.url, data: data.url,
      labels: accuracy.classes.labels?.url, classMap: accuracy.classes.classMap?.url,
      limit: accuracy.limit, flags: transform.flags, skipBadImages: transform.skipBadImages,
      context: common.context)
    let audit = ImageAudit(
      evaluation: subject.evaluator.images, calibration: [calibration.images],
      classCount: model.classCount)
    if !accuracy.overlap.allowOverlap { try audit.requireNoOverlap() }
    return subject
  }

  /// Returns the accuracy of the packed file, as it is on the disk, beside that of full precision.
  func score(
    _ subject: EvaluationSubject, _ console: Console
  ) throws -> FileAccuracy {
    func accuracy(of model: Model, _ name: String) throws -> Accuracy {
      console.begin("evaluating \(name)")
      return try subject.evaluator(model.classifier) {
        console.advance(to: Double($0) / Double($1))
      }.predictions.accuracy
    }
    defer { console.end() }
    return FileAccuracy(
      fullPrecision: try accuracy(of: subject.model, "full precision"),
      file: try accuracy(of: Model(contentsOf: output.url), "the file"))
  }

  /// Returns the command that is useful after the file is written.
  ///
  /// A file that was not scored is compared with its checkpoint; otherwise it is exported.
  var nextCommand: String {
    let file = output.url.relativePath
    let words =
      accuracy.data == nil
      ? ["verify", file, "--against", model.url.relativePath]
      : ["export", file, "\(file).onnx"]
    return (["mixq"] + words.map(shellQuoted)).joined(separator: " ")
  }
}

/// The command line as a shell takes it.
var commandLine: String {
  (["mixq"] + CommandLine.arguments.dropFirst().map(shellQuoted)).joined(separator: " ")
}

/// Returns `word` so that a shell reads it as one argument.
func shellQuoted(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.utf8.allSatisfy { byte in
      let letter = Character(Unicode.Scalar(byte))
      return letter.isASCII && (letter.isLetter || letter.isNumber || "_./:=@%+,-".contains(letter))
    }
  return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}
