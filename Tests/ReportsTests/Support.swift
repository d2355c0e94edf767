import Foundation
import Reports

extension Report {
  /// A report with every part: two allocators by two methods, twelve layers, six units, ten classes, flipped
  /// images, and names that would break a page if they were not escaped.
  static func sample() -> Report {
    var report = Report(
      title: "resnet<20>&.pth, quantized 4 ways",
      subject: Subject(
        model: "resnet<20>&.pth", architecture: "ResNet-20", parameterCount: 268_336, imageSize: 32,
        cropFraction: 1, interpolation: "bilinear", evaluation: "2000 images of CIFAR-10",
        calibration: "1024 images drawn by seed 0"))
    report.verdict = [
      "brecq is closest to full precision.", "MixQuant's plan makes no difference.",
    ]
    report.rows = sampleRows
    report.tests = [question]
    report.notes = ["2 images could not be read & were left out"]
    report.origin.append(["command", "mixq compare 'resnet<20>&.pth'"])
    report.origin.append(
      ["recipe", String(repeating: "{\"steps\":20000}", count: 20)], limit: 1000)
    report.classes = sampleClasses
    report.confusion = sampleConfusion
    report.layers = sampleLayers
    report.sensitivityName = "relative roundoff error at 2 bits"
    report.plans = samplePlans
    report.costs = sampleCosts
    report.errors = sampleErrors
    report.reconstructions = sampleReconstructions
    report.histograms = sampleHistograms
    report.flips = Flips(
      imageCount: 144, networks: ["brecq", "mixquant+brecq"], shown: flipped)
    return report
  }

  private static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  private static var sampleClasses: Classes {
    let right = classNames.indices.map { 150 + 4 * $0 }
    return Classes(
      names: classNames, images: classNames.map { _ in 200 },
      reference: .init(name: "full-precision", correct: right),
      networks: [
        .init(name: "brecq", correct: right.enumerated().map { $1 - ($0 == 3 ? 30 : $0) }),
        .init(name: "nearest", correct: right.map { $0 / 2 }),
      ])
  }

  private static var sampleConfusion: Confusion {
    var mistakes = Table(
      caption: "The most frequent mistakes of brecq",
      [("class", .left), ("answer", .left), ("images", .right), ("full precision", .right)])
    mistakes.append(["cat", "dog", "17", "12"])
    return Confusion(
      network: "brecq", classes: classNames,
      counts: classNames.indices.map { row in
        classNames.indices.map { $0 == row ? 170 : ($0 + row) % 7 }
      }, mistakes: mistakes)
  }

  private static var sampleCosts: Costs {
    var costs = Costs(
      network: "brecq", errorName: "relative roundoff error",
      layers: sampleLayers.indices.map { index in
        var layer = Costs.Layer(
          bits: samplePlans[0].bits[index], bytes: 300 * (index + 1), multiplyAdds: 40_000)
        layer.error = 0.4 / Double(index + 1)
        layer.kernel = "winograd"
        layer.seconds = 0.001 * Double(12 - index)
        return layer
      })
    costs.timing = "Timed with integer kernels."
    costs.otherSeconds = 0.002
    return costs
  }

  private static var question: Table {
    var table = Table(
      caption: "mixquant against two-width",
      [("method", .left), ("KL first", .right), ("difference", .right)])
    table.append(["brecq", "0.1158", "+0.0100 [+0.0012, +0.0188]"])
    return table
  }

  private static var sampleRows: [Row] {
    let figures: [(String, String, String, Int, Double, Double, Double, Double)] = [
      ("full-precision", "", "", 1_075_816, 32, 80.45, 0, 0),
      ("nearest", "two-width", "nearest", 89_300, 2.47, 50.0, 3.1372, 1037),
      ("mixquant+nearest", "mixquant-weighted", "nearest", 89_200, 2.47, 20.3, 13.2414, 1625),
      ("brecq", "two-width", "brecq", 89_300, 2.47, 79.95, 0.1058, 144),
      ("mixquant+brecq", "mixquant-weighted", "brecq", 89_200, 2.47, 80.05, 0.1158, 155),
    ]
    return figures.map { name, allocator, method, bytes, bits, top1, kl, flips in
      var row = Row(
        name: name, allocator: allocator, method: method, bytes: bytes, averageBits: bits)
      row.top1 = Estimate(top1, low: top1 - 1.8, high: top1 + 1.7)
      (row.top5, row.images) = (98.5, 2000)
      guard !row.isFullPrecision else { return row }
      row.kl = Estimate(kl, low: kl * 0.93, high: kl * 1.07)
      (row.flips, row.seconds) = (flips, method == "brecq" ? 31.2 : 0.2)
      return row
    }
  }

  private static let names =
    ["conv1"]
    + (1...5).flatMap { ["layer\($0).0.conv1", "layer\($0).0.downsample.0"] } + ["fc"]

  private static var sampleLayers: [Layer] {
    names.enumerated().map { index, name in
      Layer(
        name: name, weightCount: 432 << min(index, 7),
        sensitivity: 0.3 + 0.1 * Double((index * 5) % 7))
    }
  }

  private static var samplePlans: [Plan] {
    [
      ("two-width", [8, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 8]),
      ("mixquant-weighted", [8, 2, 3, 2, 3, 2, 3, 2, 2, 3, 2, 8]),
    ].map { name, bits in
      Plan(name: name, allocator: name, rule: "\(name) at 2.5 bits", bits: bits, bytes: 89_200)
    }
  }

  private static var sampleErrors: ErrorTable {
    ErrorTable(
      name: "relative roundoff error", widths: Array(2...8),
      values: sampleLayers.map { layer in
        (2...8).map { 2 * (layer.sensitivity ?? 1) / Double(1 << $0) }
      })
  }

  private static var sampleReconstructions: [Reconstruction] {
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

  private static var sampleHistograms: [WeightHistogram] {
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
