package import MixQuantKit
import Files
import Foundation
import Allocation
import MixQuant
import Quantization
package import Reconstruction
import Reports

/// What a search for the smallest file found; also its stable JSON face, and the report beside the file.
package struct AccuracyTargetResult: Codable, Sendable {
  /// The smallest file within the limit.
  package struct Best: Codable, Sendable {
    package let output: String
    /// Of all tensors.
    package let bytes: Int
    package let averageBits: Double
    package let units: [UnitReport]

    private enum CodingKeys: String, CodingKey {
      case output, bytes, units
      case averageBits = "average_bits"
    }
  }

  package let allocator: String
  package let recipe: QuantizationRecipe
  package let maxDrop: Double
  /// Whether the interval's upper end decided, and not the drop itself.
  package let isConfident: Bool
  /// Percent.
  package let fullPrecisionTop1: Double
  /// The images that chose the file.
  package let selection: Selection
  /// In the order that they were done.
  package let trials: [TargetTrial.Row]
  /// None where nothing was within the limit.
  package let best: Best?
  /// Trials that were left when time ran out, at most.
  package let trialsLeft: Int
  package let secondsPerTrial: Double
  package let seconds: Double
  package let estimatedSeconds: Double
  package let estimatedBytes: Int?
  package let peakBytes: Int

  private enum CodingKeys: String, CodingKey {
    case allocator, recipe, selection, trials, best, seconds
    case maxDrop = "max_drop"
    case isConfident = "confident"
    case fullPrecisionTop1 = "full_precision_top1"
    case trialsLeft = "trials_left"
    case secondsPerTrial = "seconds_per_trial"
    case estimatedSeconds = "estimated_seconds"
    case estimatedBytes = "estimated_bytes"
    case peakBytes = "peak_bytes"
  }

  init(
    target: AccuracyTarget, fullPrecisionTop1: Double, trials: [TargetTrial], best: TargetTrial?,
    trialsLeft: Int, secondsPerTrial: Double, seconds: Double, forecast: TargetForecast
  ) {
    allocator = target.allocator.rawValue
    recipe = target.recipe
    maxDrop = target.limit.points
    isConfident = target.limit.isConfident
    selection = target.selection
    self.fullPrecisionTop1 = fullPrecisionTop1
    self.trials = trials.map(\.row)
    self.best = best.map {
      Best(
        output: target.output.path, bytes: $0.row.bytes, averageBits: $0.row.averageBits,
        units: $0.units)
    }
    self.trialsLeft = trialsLeft
    self.secondsPerTrial = secondsPerTrial
    self.seconds = seconds
    estimatedSeconds = forecast.secondsSpent + forecast.seconds
    estimatedBytes = forecast.estimate?.bytes
    peakBytes = peakResidentBytes()
  }

  /// What is written beside the file.
  package struct Report: Codable, Sendable {
    let command: [String]
    let threads: Int
    let search: AccuracyTargetResult
  }

  /// The report, with the words of the command line.
  package func report(command: [String], threads: Int) -> Report {
    Report(command: command, threads: threads, search: self)
  }

  /// Why nothing was found; none where something was.
  package var failure: String? {
    guard best == nil else { return nil }
    let limit = String(format: "no plan keeps top-1 within %.2f points", maxDrop)
    if trialsLeft > 0 {
      return (trials.isEmpty ? "no plan was tried: no" : limit + " so far, and no further")
        + String(format: " trial fits into --time-budget (one takes about %.0f s)", secondsPerTrial)
    }
    guard let last = trials.last else { return limit }
    return limit
      + String(
        format: ": at %.2f bits a weight it loses %.2f [%.2f, %.2f]", last.averageBits, last.drop,
        last.dropInterval.low, last.dropInterval.high)
  }

  /// The trials as a table, then what was chosen.
  package var text: String {
    var table = Table([
      ("bits", .right), ("free bits", .right), ("bytes", .right), ("top-1 %", .right),
      ("drop [95 %]", .right), ("time", .right), ("kept", .left),
    ])
    for trial in trials {
      table.append([
        String(format: "%.2f", trial.averageBits), String(format: "%.2f", trial.averageFreeBits),
        String(trial.bytes), String(format: "%.2f", trial.top1),
        String(
          format: "%.2f [%.2f, %.2f]", trial.drop, trial.dropInterval.low, trial.dropInterval.high),
        String(format: "%.1f s", trial.seconds), trial.kept ? "yes" : "",
      ])
    }
    let judged =
      "judged by "
      + (isConfident
        ? "the interval's upper end" : "the drop itself; the interval is told beside it")
      + ", on \(selection.images) images, list \(selection.imagesDigest.prefix(12)): "
      + "they chose the file and are no test set any more"
    return ([table.text, ""] + chosen + [judged]).joined(separator: "\n")
  }

  private var chosen: [String] {
    guard let best, let trial = trials.last(where: \.kept) else { return [] }
    let name = URL(filePath: best.output).lastPathComponent
    let file = String(
      format: "%@: %.3f MiB, %.2f bits a weight, top-1 %.2f %%, %.2f points below full precision",
      name, best.bytes.mebibytes, best.averageBits, trial.top1, trial.drop)
    let effort = String(
      format: "%.1f s (estimated %.1f at most)", seconds, estimatedSeconds)
    return [file, "\(effort), \(memory)"]
      + (trialsLeft > 0
        ? ["stopped for --time-budget with at most \(trialsLeft) trials left: smaller may exist"]
        : [])
  }

  private var memory: String {
    let peak = String(format: "peak %.0f MiB resident", peakBytes.mebibytes)
    guard let estimatedBytes else { return peak }
    return peak + String(format: " (estimated %.0f)", estimatedBytes.mebibytes)
  }
}
