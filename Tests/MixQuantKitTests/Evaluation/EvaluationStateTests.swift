import Datasets
import Execution
import Files
import Foundation
import KitSupport
import MixQuantKit
import TestSupport
import Testing

@Suite("The state of an evaluation")
struct EvaluationStateTests {
  /// An error that ends the run after some batches.
  private struct Stop: Error {}

  private func subject(_ folder: URL, limit: Int? = nil, cropped: Int? = nil) throws
    -> EvaluationSubject
  {
    let url = SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors")
    return try EvaluationSubject(
      model: Model(contentsOf: url), url: url, data: folder.appending(path: "shapes-5"),
      limit: limit, flags: TransformFlags(resize: cropped), skipBadImages: false,
      context: .serial)
  }

  /// Gives `body` a folder in which an evaluation ended after two of four batches.
  private func withInterrupted(_ body: (URL, URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      _ = try shapes(120, seed: 5, in: folder)
      let predictions = folder.appending(path: "p.tsv")
      let subject = try subject(folder)
      #expect(throws: Stop.self) {
        _ = try subject.evaluate(state: subject.state(beside: predictions)) { done, _ in
          if done == 64 { throw Stop() }
        }
      }
      try body(folder, predictions)
    }
  }

  @Test("A rerun takes over the answers and ends with the table of an uninterrupted run")
  func resumes() throws {
    try withInterrupted { folder, predictions in
      let whole = try subject(folder).evaluate()
      let subject = try subject(folder)
      let resumed = try subject.evaluate(state: subject.state(beside: predictions))
      #expect(resumed.earlier == 64 && whole.earlier == 0)
      #expect(resumed.answers == whole.answers)
      #expect(resumed.predictionsTable == whole.predictionsTable)
    }
  }

  @Test("A file that was cut off within a line loses only that line")
  func cutOff() throws {
    try withInterrupted { folder, predictions in
      let url = EvaluationStateFile.url(beside: predictions)
      let bytes = try Data(contentsOf: url)
      try bytes.dropLast(20).write(to: url)
      let subject = try subject(folder)
      let resumed = try subject.evaluate(state: subject.state(beside: predictions))
      #expect(resumed.earlier == 32)
      #expect(try resumed.answers == self.subject(folder).evaluate().answers)
    }
  }

  @Test("A changed byte before the last line is damage")
  func damage() throws {
    try withInterrupted { folder, predictions in
      let url = EvaluationStateFile.url(beside: predictions)
      var bytes = try Data(contentsOf: url)
      let lineEnds = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
      bytes[lineEnds[0] + 100] ^= 1
      try bytes.write(to: url)
      let subject = try subject(folder)
      let error = inputError {
        _ = try subject.evaluate(state: subject.state(beside: predictions))
      }
      #expect(error?.kind == .badData && error?.reason.contains("line 2") == true)
    }
  }

  @Test("Another job is refused with the difference")
  func otherJob() throws {
    try withInterrupted { folder, predictions in
      let image = try #require(try subject(folder).evaluator.images.items.last)
      let file = folder.appending(path: "shapes-5").appending(path: image.name)
      func reason(_ subject: EvaluationSubject) -> String? {
        inputError { _ = try subject.evaluate(state: subject.state(beside: predictions)) }?.reason
      }
      #expect(try reason(subject(folder, limit: 100))?.contains("other images") == true)
      #expect(try reason(subject(folder, cropped: 40))?.contains("another transform") == true)
      // The same file with another time counts as another version.
      try Data(contentsOf: file).write(to: file)
      #expect(try reason(subject(folder))?.contains("other versions") == true)
    }
  }

  @Test("The state knows the table that a killed run wrote")
  func knowsItsTable() throws {
    try withInterrupted { folder, predictions in
      let subject = try subject(folder)
      let state = subject.state(beside: predictions)
      let table = Data(try subject.evaluate(state: state).predictionsTable.utf8)
      #expect(!EvaluationStateFile.wrote(predictions))
      try state.append(outputOf: table)
      try table.write(to: predictions)
      #expect(EvaluationStateFile.wrote(predictions))
      try Data("other".utf8).write(to: predictions)
      #expect(!EvaluationStateFile.wrote(predictions))
      state.remove()
      #expect(!FileManager.default.fileExists(atPath: state.url.path))
    }
  }
}
