import Foundation
import Reports

extension ComparisonReport {
  /// A report with every part: two allocators by two methods, twelve layers, six units, flipped images,
  /// and names that would break a page if they were not escaped.
  static func sample() -> ComparisonReport {
    ComparisonReport(
      subject: Subject(
        model: "resnet<20>&.pth", architecture: "ResNet-20", parameterCount: 268_336, imageSize: 32,
        cropFraction: 1, interpolation: "bilinear", evaluation: "2000 images of CIFAR-10",
        calibration: "1024 images drawn by seed 0"),
      rows: rows, findings: ["MixQuant + BRECQ against BRECQ: exact two-sided McNemar p = 0.9327"],
      tests: [
        question
      ],
      notes: ["2 images could not be read & were left out"], layers: layers,
      sensitivityName: "relative roundoff error at 2 bits", plans: plans, errors: errors,
      reconstructions: reconstructions, histograms: histograms,
      flips: Flips(imageCount: 144, networkCount: 4, shown: flipped))
  }

  private static var question: Table {
    var table = Table(
      caption: "mixquant against two-width",
      [("method", .left), ("KL first", .right), ("difference", .right)])
    table.append(["brecq", "0.1158", "+0.0100 [+0.0012, +0.0188]"])
    return table
  }

  private static var rows: [Row] {
    let figures: [(String, String, String, Int, Double, Double, Double, Double)] = [
      ("full-precision", "", "", 1_075_816, 32, 80.45, 0, 0),
      ("nearest", "two-width", "nearest", 89_300, 2.47, 50.0, 3.1372, 1037),
      ("mixquant+nearest", "mixquant-weighted", "nearest", 89_200, 2.47, 20.3, 13.2414, 1625),
      ("brecq", "two-width", "brecq", 89_300, 2.47, 79.95, 0.1058, 144),
      ("mixquant+brecq", "mixquant-weighted", "brecq", 89_200, 2.47, 80.05, 0.1158, 155),
    ]
    return figures.map { name, allocator, method, bytes, bits, top1, kl, flips in
      Row(
        name: name, allocator: allocator, method: method, bytes: bytes, averageBits: bits,
        top1: Estimate(top1, low: top1 - 1.8, high: top1 + 1.7), top5: 98.5,
        kl: Estimate(kl, low: kl * 0.93, high: kl * 1.07), flips: flips, images: 2000,
        seconds: method == "brecq" ? 31.2 : 0.2)
    }
  }

  private static let names =
    ["conv1"]
    + (1...5).flatMap { ["layer\($0).0.conv1", "layer\($0).0.downsample.0"] } + ["fc"]

  private static var layers: [Layer] {
    names.enumerated().map { index, name in
      Layer(
        name: name, weightCount: 432 << min(index, 7),
        sensitivity: 0.3 + 0.1 * Double((index * 5) % 7))
    }
  }

  private static var plans: [Plan] {
    [
      ("two-width", [8, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 8]),
      ("mixquant-weighted", [8, 2, 3, 2, 3, 2, 3, 2, 2, 3, 2, 8]),
    ].map { name, bits in
      Plan(name: name, allocator: name, rule: "\(name) at 2.5 bits", bits: bits, bytes: 89_200)
    }
  }

  private static var errors: ErrorTable {
    ErrorTable(
      name: "relative roundoff error", widths: Array(2...8),
      values: layers.map { layer in
        (2...8).map { 2 * (layer.sensitivity ?? 1) / Double(1 << $0) }
      })
  }

  private static var reconstructions: [Reconstruction] {
    ["brecq", "mixquant+brecq"].map { name in
      Reconstruction(
        name: name,
        units: (1...6).map { index in
          let before = 0.02 * Double(index * index)
          return Reconstruction.Unit(
            name: index == 6 ? "fc" : "layer\(index).0", before: before,
            after: before / (name == "brecq" ? 8 : 6))
        })
    }
  }

  private static var histograms: [WeightHistogram] {
    [(2, "layer1.0.conv1"), (3, "layer3.0.conv2")].map { bits, layer in
      let levels = 1 << bits
      let count = (levels + 2) * 16
      let counts = (0..<count).map { bin in
        let offset = (Double(bin) + 0.5) / Double(count) - 0.5
        return Int(400 * (1 - 4 * offset * offset))
      }
      return WeightHistogram(
        layer: layer, bits: bits, start: -1.5, binsPerCode: 16, counts: counts)
    }
  }

  private static var flipped: [FlippedImage] {
    ["airplane", "cat", "ship"].map { truth in
      FlippedImage(
        name: "test_batch.bin#\(truth.count)", truth: truth,
        reference: truth,
        answers: [
          FlippedImage.Answer(label: "dog", rows: ["brecq", "mixquant+brecq"]),
          FlippedImage.Answer(label: "frog", rows: ["nearest"]),
        ], thumbnail: pixel)
    }
  }

  /// A PNG file of one reddish pixel.
  private static let pixel =
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIAAAqBgIBcCsHgQAAAABJRU5ErkJggg=="
    ) ?? Data()
}
