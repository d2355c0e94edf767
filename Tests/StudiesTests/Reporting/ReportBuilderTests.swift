import Datasets
import Execution
import Foundation
import MixQuantKit
import Studies
import Quantization
import Reconstruction
import Reports
import TestSupport
import Testing

@Suite("Reports from a comparison")
struct ReportBuilderTests {
  /// A finished comparison of two plans by two methods, kept in `folder`.
  private struct Finished {
    let experiment: Experiment
    let store: ResultStore
    let result: ExperimentResult
    let outcome: ExperimentOutcome

    init(in folder: URL) throws {
      experiment = try StudiesTests.experiment(
        allocators: ["two-width", "mixquant"], seeds: [0], in: folder)
      store = try ResultStore(folder: folder.appending(path: "out"))
      result = try experiment(store: store)
      outcome = try ExperimentOutcome([result])
    }

    func report(isTimed: Bool = false) throws -> Report {
      try experiment.report(
        on: result, outcome, store: store, command: "mixq compare 'a b.pth'", isTimed: isTimed)
    }
  }

  @Test("A report holds what the comparison found, and the flips that it counted")
  func report() throws {
    try withTemporaryFolder { folder in
      let finished = try Finished(in: folder)
      let rows = finished.outcome.experiments[0].rows
      let report = try finished.report()
      #expect(
        report.rows.map(\.name) == [
          "full-precision", "two-width+nearest", "mixquant+nearest", "two-width+brecq",
          "mixquant+brecq",
        ])
      #expect(report.rows.allSatisfy { $0.top5 != nil })
      for (row, expected) in zip(report.rows.dropFirst(), rows) {
        #expect(row.bytes == expected.scores.bytes && row.top1?.value == expected.scores.top1)
        let kl = try #require(row.kl)
        #expect(kl.value == expected.scores.kl && kl.low <= kl.value && kl.value <= kl.high)
      }
      #expect(report.plans.map(\.allocator) == ["two-width", "mixquant"])
      let plan = rows[1].scores.scores[0].plan
      #expect(report.plans[1].bits == plan.bitWidths.map(\.bits))
      #expect(report.reconstructions.map(\.name) == ["two-width+brecq", "mixquant+brecq"])
      #expect(report.subject.imageSize == 32 && report.subject.parameterCount > 0)
      #expect(report.flips.networks == ["two-width+brecq", "mixquant+brecq"])
      let flips = rows.suffix(2).map { Int($0.scores.flips) }
      #expect(report.flips.imageCount >= flips.max() ?? 0)
      #expect(report.flips.imageCount <= flips.reduce(0, +))
      for image in report.flips.shown {
        #expect(Shapes.classNames.contains(image.truth) && !image.answers.isEmpty)
        #expect(!image.answers.contains { $0.label == image.reference })
        #expect(try ImageFile.decode(image.thumbnail, name: image.name).width == 32)
      }
    }
  }

  @Test("It leads with the network closest to full precision, and says how it was made")
  func verdict() throws {
    try withTemporaryFolder { folder in
      let (report, best) = try reportAndBest(in: folder)
      #expect(report.verdict[0].hasPrefix("\(best.name) is closest to full precision: it answers "))
      #expect(report.verdict[1].hasPrefix("With nearest at 2.5 bits, mixquant "))
      #expect(report.verdict[2].hasPrefix("With brecq at 2.5 bits, mixquant "))
      #expect(report.verdict[3].hasPrefix("Rounding to nearest reaches "))
      let facts = Dictionary(uniqueKeysWithValues: report.origin.rows.map { ($0[0], $0[1]) })
      #expect(facts["command"] == "mixq compare 'a b.pth'")
      #expect(facts["program"] == Build.currentLine)
      #expect(facts["model"]?.contains("SHA-256 ") == true)
      #expect(facts["recipe"]?.contains("\"calibrationImages\":20") == true)
    }
  }

  @Test("A plan that depends on the method is shown for each method")
  func plansByMethod() throws {
    try withTemporaryFolder { folder in
      let experiment = try experiment(
        allocators: ["two-width", "mixquant-weighted"], targetBits: 2.25,
        methods: [.nearest, .gptq],
        seeds: [0], in: folder)
      let store = try ResultStore(folder: nil)
      let result = try experiment(store: store)
      let report = try experiment.report(on: result, ExperimentOutcome([result]), store: store)
      for plan in report.plans {
        let namesakes = result.finished.filter {
          plan.name == $0.cell.contestant
            || plan.name == "\($0.cell.contestant) for \($0.cell.method.rawValue)"
        }
        #expect(!namesakes.isEmpty)
        #expect(namesakes.allSatisfy { $0.score.plan.bitWidths.map(\.bits) == plan.bits })
      }
      let shown = Set(report.plans.map(\.bits))
      #expect(shown == Set(result.finished.map { $0.score.plan.bitWidths.map(\.bits) }))
    }
  }

  @Test("The layers' bytes are those of the file, and the classes' right answers those of the row")
  func costsAndClasses() throws {
    try withTemporaryFolder { folder in
      let (report, best) = try reportAndBest(in: folder)
      let costs = try #require(report.costs)
      #expect(costs.network == best.name && costs.layers.reduce(0) { $0 + $1.bytes } == best.bytes)
      #expect(costs.layers.allSatisfy { ($0.error ?? 0) > 0 && $0.multiplyAdds > 0 })
      #expect(costs.timing.isEmpty && costs.layers.allSatisfy { $0.seconds == nil })
      let classes = try #require(report.classes)
      #expect(classes.names.count == 10 && classes.images.reduce(0, +) == 40)
      let own = try #require(classes.networks.first)
      let correct = own.correct.reduce(0, +)
      #expect(own.name == best.name && abs(2.5 * Double(correct) - (best.top1?.value ?? 0)) < 1e-9)
      let confusion = try #require(report.confusion)
      let mistakes = confusion.mistakes.rows.compactMap { Int($0[2]) }
      #expect(mistakes == mistakes.sorted(by: >) && mistakes.reduce(0, +) == 40 - correct)
    }
  }

  @Test("Times are measured only if they are asked for; all else stays the same")
  func times() throws {
    try withTemporaryFolder { folder in
      let finished = try Finished(in: folder)
      let plain = try finished.report()
      #expect(try finished.report() == plain)
      #expect(plain.rows.allSatisfy { $0.seconds == nil })
      var timed = try finished.report(isTimed: true)
      #expect(timed.rows.dropFirst().allSatisfy { ($0.seconds ?? 0) > 0 })
      let costs = try #require(timed.costs)
      if costs.timing.hasPrefix("Timed") {
        #expect(costs.layers.allSatisfy { ($0.seconds ?? 0) > 0 })
      }
      #expect(costs.layers.map(\.kernel) == plain.costs?.layers.map(\.kernel))
      (timed.rows, timed.costs) = (plain.rows, plain.costs)
      #expect(timed == plain)
    }
  }

  private func reportAndBest(in folder: URL) throws -> (report: Report, best: Report.Row) {
    let report = try Finished(in: folder).report()
    let best = report.rows.dropFirst().min { ($0.kl?.value ?? 0) < ($1.kl?.value ?? 0) }
    return (report, try #require(best))
  }
}
