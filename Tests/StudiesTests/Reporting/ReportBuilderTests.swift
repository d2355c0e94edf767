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
  @Test("A report holds what the comparison found, and the flips that it counted")
  func report() throws {
    try withTemporaryFolder { folder in
      let comparison = try PlainComparison(
        experiment(allocators: ["two-width", "mixquant"], seeds: [0], in: folder))
      let outcome = try comparison(store: ResultStore(folder: nil))
      let rows = outcome.table.rows
      let report = try comparison.report(on: outcome)
      #expect(report.rows.map(\.name) == rows.map(\.name))
      #expect(report.rows.map(\.top1.value) == rows.map(\.top1))
      #expect(report.rows.map(\.bytes) == rows.map(\.bytes))
      #expect(report.rows.allSatisfy { $0.top5 != nil })
      for (row, expected) in zip(report.rows, rows) {
        #expect(abs(row.kl.value - expected.kl) < 1e-9)
        #expect(row.kl.low <= row.kl.value && row.kl.value <= row.kl.high)
      }
      #expect(report.plans.map(\.allocator) == ["alone", "mixquant"])
      #expect(report.plans[1].bits == comparison.mixQuant.bitWidths.map(\.bits))
      #expect(report.reconstructions.map(\.name) == ["brecq", "mixquant+brecq"])
      #expect(report.subject.imageSize == 32 && report.subject.parameterCount > 0)
      let flips = rows.suffix(2).map(\.flips)
      #expect(report.flips.imageCount >= flips.max() ?? 0)
      #expect(report.flips.imageCount <= flips.reduce(0, +))
      for image in report.flips.shown {
        #expect(Shapes.classNames.contains(image.truth) && !image.answers.isEmpty)
        #expect(!image.answers.contains { $0.label == image.reference })
        #expect(try ImageFile.decode(image.thumbnail, name: image.name).width == 32)
      }
    }
  }
}
