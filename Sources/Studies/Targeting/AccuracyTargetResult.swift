package import Files
import Foundation
package import MixQuantKit
import Reports

/// The result of a search for the smallest file.
package struct AccuracyTargetResult: JSONRepresentable, Sendable {
  let target: AccuracyTarget
  /// The top-1 of full precision in percent.
  let fullPrecisionTop1: Double
  /// The trials in the order in which they were done.
  package let trials: [TargetTrial.Row]
  /// The smallest file within the limit; nil if there is none.
  package let best: TargetTrial?
  /// The largest number of trials that were left when the time ran out; 0 if the search is finished.
  package let trialsLeft: Int
  let secondsPerTrial: Double
  let seconds: Double
  let forecast: TrialForecast
  let peakBytes = peakResidentBytes()

  /// The images that chose the file.
  package var selection: Selection { target.selection }
  /// The estimated peak memory of a trial's reconstruction.
  package var estimatedBytes: Int? { forecast.estimate?.bytes }
  private var estimatedSeconds: Double { forecast.secondsSpent + forecast.seconds }

  package var jsonObject: JSONObject {
    let best = best.map { best -> JSONObject in
      [
        "output": target.output.path, "bytes": best.row.bytes,
        "average_bits": best.row.averageBits, "units": best.units,
      ]
    }
    return [
      "allocator": target.allocator, "recipe": target.recipe, "max_drop": target.limit.points,
      "confident": target.limit.isConfident, "full_precision_top1": fullPrecisionTop1,
      "selection": selection, "trials": trials, "best": best, "trials_left": trialsLeft,
      "seconds_per_trial": secondsPerTrial, "seconds": seconds,
      "estimated_seconds": estimatedSeconds, "estimated_bytes": estimatedBytes,
      "peak_bytes": peakBytes,
    ]
  }

  /// Returns the report beside the file, with the words of the command line and the purpose.
  package func report(
    command: [String], threads: Int, purpose: StatedPurpose? = nil
  ) -> JSONObject {
    ["command": command, "threads": threads, "purpose": purpose, "search": self]
  }
}

extension AccuracyTargetResult {
  /// The reason why no file was found; nil if one was found.
  package var failure: String? {
    guard best == nil else { return nil }
    let limit = String(format: "no plan keeps top-1 within %.2f points", target.limit.points)
    if trialsLeft > 0 {
      return (trials.isEmpty ? "no plan was tried: no" : limit + " so far, and no further")
        + String(format: " trial fits into --time-budget (one takes about %.0f s)", secondsPerTrial)
    }
    guard let last = trials.last else { return limit }
    return limit
      + String(
        format: ": at %.2f bits per weight it loses %.2f [%.2f, %.2f]", last.averageBits, last.drop,
        last.dropInterval.low, last.dropInterval.high)
  }

  /// Returns the result as text: a table of the trials, then the chosen file.
  ///
  /// - Parameter width: The number of columns that tables may take.
  package func text(width: Int = .max) -> String {
    let table = Table(
      trials,
      [
        .number("bits", "%.2f") { $0.averageBits },
        .number("free bits", "%.2f") { $0.averageFreeBits }, .count("bytes") { $0.bytes },
        .number("top-1 %", "%.2f") { $0.top1 },
        .number("drop [95 %]") {
          Numbers.percent($0.drop, low: $0.dropInterval.low, high: $0.dropInterval.high)
        },
        .number("time", "%.1f s") { $0.seconds }, .words("kept") { $0.kept ? "yes" : "" },
      ])
    let judge =
      target.limit.isConfident
      ? "the interval's upper end" : "the drop itself, not by its interval"
    let judged =
      "judged by \(judge), on \(selection.images) images, "
      + "list \(selection.imagesDigest.prefix(12)), which are no longer a test set for this file"
    return ([table.text(width: width), ""] + chosen + [judged]).joined(separator: "\n")
  }

  private var chosen: [String] {
    guard let row = best?.row else { return [] }
    let file = String(
      format: "%@: %.3f MiB, %.2f bits per weight, top-1 %.2f %%, %.2f points below full precision",
      target.output.lastPathComponent, row.bytes.mebibytes, row.averageBits, row.top1, row.drop)
    let effort =
      String(
        format: "%.1f s (estimated %.1f at most), peak %.0f MiB resident", seconds,
        estimatedSeconds, peakBytes.mebibytes)
      + (estimatedBytes.map { String(format: " (estimated %.0f)", $0.mebibytes) } ?? "")
    return [file, effort]
      + (trialsLeft > 0
        ? ["stopped for --time-budget with at most \(trialsLeft) trials left: smaller may exist"]
        : [])
  }
}
