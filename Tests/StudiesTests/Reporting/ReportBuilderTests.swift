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
  private func comparison(in folder: URL) throws -> Comparison {
    var recipe = QuantizationRecipe(calibrationImages: 20)
    recipe.reconstruction.weightSteps = 2
    let classes = Shapes.classNames.indices.sorted {
      Shapes.classNames[$0] < Shapes.classNames[$1]
    }
    return try Comparison(
      model: .shapes(), recipe: recipe, targetBits: 2.5,
      images: CalibrationSet(
        drawing: 20, from: shapes(20, seed: 1, in: folder), seed: 0, transform: .cifar),
      evaluator: Evaluator(
        images: shapes(50, seed: 2, in: folder), transform: .cifar, classes: classes,
        workers: Workers(2)),
      workers: Workers(2))
  }

  @Test("A report holds what the comparison found, and the flips that it counted")
  func report() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(in: folder)
      let result = try comparison()
      let report = try comparison.report(on: result)
      #expect(report.rows.map(\.name) == result.rows.map(\.name))
      #expect(report.rows.map(\.top1.value) == result.rows.map(\.top1))
      #expect(report.rows.map(\.bytes) == result.rows.map(\.bytes))
      for (row, expected) in zip(report.rows, result.rows) {
        #expect(abs(row.kl.value - expected.kl) < 1e-9)
        #expect(row.kl.low <= row.kl.value && row.kl.value <= row.kl.high)
      }
      #expect(report.plans.map(\.allocator) == ["alone", "mixquant"])
      #expect(report.plans[1].bits == comparison.mixQuant.bitWidths.map(\.bits))
      #expect(report.reconstructions.map(\.name) == ["brecq", "mixquant+brecq"])
      #expect(report.subject.imageSize == 32 && report.subject.parameterCount > 0)
      let flips = result.rows.suffix(2).map(\.flips)
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
