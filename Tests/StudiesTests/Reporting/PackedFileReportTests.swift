import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import KitSupport
import MixQuantKit
import Quantization
import Reports
import Studies
import TestSupport
import Testing

@Suite("Reports on a packed file")
struct PackedFileReportTests {
  /// A packed file of the embedded network, at its place in `folder`.
  private func packed(in folder: URL) throws -> (url: URL, file: PackedModel) {
    let file = try CheckpointModel.shapes().packedNearest()
    let url = folder.appending(path: "nearest.mixq")
    try file.encoded.write(to: url, overwriting: false)
    return (url, file)
  }

  @Test("It has the layers' widths, errors and bytes, the provenance, and no scores without images")
  func unscored() throws {
    try withTemporaryFolder { folder in
      let (url, file) = try packed(in: folder)
      let report = try PackedFileReport(file, at: url, context: .serial)(command: "mixq view")
      let costs = try #require(report.costs)
      #expect(costs.layers.map(\.bits) == file.plan.bitWidths.map(\.bits))
      #expect(costs.layers.map(\.bytes) == file.layerBytes.map(\.total))
      for layer in costs.layers { #expect((1e-4...2).contains(layer.error ?? 0)) }
      #expect(report.rows.count == 1 && report.rows[0].top1 == nil && report.classes == nil)
      #expect(report.verdict[0].hasPrefix("nearest.mixq has "))
      let facts = Dictionary(uniqueKeysWithValues: report.origin.rows.map { ($0[0], $0[1]) })
      #expect(facts["file"]?.hasSuffix(try SHA256.hexDigest(ofFile: url)) == true)
      #expect(facts["from the checkpoint"] == "SHA-256 \(file.provenance.modelDigest)")
      #expect(facts["calibrated on"] == nil && facts["plan"] == file.plan.rule)
      for histogram in report.histograms {
        let weights = file.plan.layers.first { $0.name == histogram.layer }?.weightCount
        #expect(histogram.counts.count == histogram.levels)
        #expect(histogram.counts.reduce(0, +) == weights)
      }
    }
  }

  @Test("With images it has the accuracy, the classes and the mistakes")
  func scored() throws {
    try withTemporaryFolder { folder in
      let (url, file) = try packed(in: folder)
      _ = try shapes(40, seed: 2, in: folder)
      let subject = try EvaluationSubject(
        model: .packed(file), url: url, data: folder.appending(path: "shapes-2"),
        flags: TransformFlags(),
        skipBadImages: false, context: .serial)
      let result = try subject.evaluate()
      let report = try PackedFileReport(file, at: url, context: .serial)(scores: (subject, result))
      let accuracy = result.accuracy
      #expect(report.rows[0].top1?.value == accuracy.top1 && report.rows[0].images == 40)
      let classes = try #require(report.classes)
      #expect(classes.reference == nil && classes.networks.map(\.name) == ["nearest.mixq"])
      #expect(classes.networks[0].correct.reduce(0, +) == accuracy.correct1)
      #expect(report.confusion?.mistakes.headings.contains("full precision") == true)
      #expect(HTMLPage(report).source.contains("The weakest classes"))
    }
  }
}
