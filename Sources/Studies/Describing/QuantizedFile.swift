package import Files
package import Foundation
package import MixQuantKit
import Quantization
import Reports

/// The accuracy of a packed file and of the checkpoint from which it was made, on the same images.
package struct FileAccuracy: JSONRepresentable, Sendable {
  let fullPrecision: Accuracy
  let file: Accuracy

  package init(fullPrecision: Accuracy, file: Accuracy) {
    self.fullPrecision = fullPrecision
    self.file = file
  }

  package var jsonObject: JSONObject {
    [
      "top1": file.top1, "top1_interval": [file.interval.low, file.interval.high],
      "correct1": file.correct1, "images": file.images,
      "full_precision_top1": fullPrecision.top1, "full_precision_correct1": fullPrecision.correct1,
    ]
  }

  fileprivate var text: String {
    String(
      format: "%.2f %% [%.2f, %.2f], full precision %.2f %%, difference %+.2f points, %d images",
      file.top1, file.interval.low, file.interval.high, fullPrecision.top1,
      file.top1 - fullPrecision.top1, file.images)
  }
}

/// The summary of a quantization: the files before and after it, the accuracy if it was measured, and
/// the next useful command.
package struct QuantizedFile: JSONRepresentable, Sendable {
  let outcome: QuantizationOutcome
  let checkpoint: URL
  let output: URL
  let report: URL
  let accuracy: FileAccuracy?
  let next: String
  private let sizes: (checkpoint: Int, output: Int)

  /// - Parameters:
  ///   - checkpoint: The file of the weights.
  ///   - output: The packed file, which exists.
  ///   - report: The report beside it.
  ///   - next: The next command, quoted for a shell.
  /// - Throws: `missingInput` if a file no longer exists.
  package init(
    _ outcome: QuantizationOutcome, from checkpoint: URL, at output: URL, report: URL,
    accuracy: FileAccuracy?, next: String
  ) throws(InputError) {
    self.outcome = outcome
    self.checkpoint = checkpoint
    self.output = output
    self.report = report
    self.accuracy = accuracy
    self.next = next
    sizes = (try InputFile.byteCount(of: checkpoint), try InputFile.byteCount(of: output))
  }
}

extension QuantizedFile {
  package var jsonObject: JSONObject {
    [
      "output": output.path, "report": report.path, "bytes": outcome.packed.payloadBytes,
      "file_bytes": sizes.output, "checkpoint_bytes": sizes.checkpoint,
      "average_bits": outcome.packed.plan.averageBits(), "accuracy": accuracy,
      "seconds": outcome.seconds, "estimated_seconds": outcome.estimate?.seconds,
      "peak_bytes": outcome.peakBytes, "estimated_bytes": outcome.estimate?.bytes,
      "units": outcome.reports, "warnings": outcome.warnings, "next": next,
    ]
  }

  /// The summary as text: a line on the run, then the files, the accuracy and the next command.
  package var text: String {
    var lines = [
      outcome.text(file: output),
      "file       "
        + String(
          format: "%.2f MiB before, %.2f MiB after (%.1f times smaller), %.2f bits per weight",
          sizes.checkpoint.mebibytes, sizes.output.mebibytes,
          Double(sizes.checkpoint) / Double(max(1, sizes.output)),
          outcome.packed.plan.averageBits()),
    ]
    if let accuracy { lines.append("top-1      \(accuracy.text)") }
    lines.append("report     \(report.relativePath.printable())")
    lines.append("next       \(next)")
    return lines.joined(separator: "\n")
  }
}
