import KitSupport
import Checkpoints
import Datasets
import Execution
import Foundation
import Graphs
import MixQuantKit
import Tensors
import TestSupport
import Testing

/// Parity with PyTorch on the files committed here and on the golden ones.
@Suite("Parity with PyTorch")
struct ParityTests {
  private let root = SharedFiles.projectRoot

  private func expected(_ url: URL) throws -> (String) throws -> Tensor {
    let file = try SafetensorsFile.read(url)
    return { name in try #require(file[name]).tensor }
  }

  @Test("Committed: pictures of Shapes, rendered as by the script, get PyTorch's logits")
  func shapesLogits() throws {
    let expected = try expected(root.appending(path: "Tests/Fixtures/shapes_logits.safetensors"))
    let pictures = (0..<20).map { Shapes.image(seed: 2, index: $0) }
    #expect(try pictures.map { Float($0.label) } == expected("labels").scalars)
    #expect(try pictures.flatMap { $0.image.pixels.map(Float.init) } == expected("pixels").scalars)
    let images = Tensor(shape: [20, 3, 32, 32]) { buffer in
      for (row, picture) in pictures.enumerated() {
        Transform.cifar(
          picture.image, into: .init(rebasing: buffer[row * 3072..<(row + 1) * 3072]))
      }
    }
    let logits = try CheckpointModel.shapes().network.logits(images, context: Context(threads: 2))
    #expect(try relativeError(logits.scalars, expected("logits").scalars) < 1e-5)
  }

  @Test("Committed: generated input gets PyTorch's logits from ResNet-18, and every block's output")
  func resNet18Generated() throws {
    let expected = try expected(
      root.appending(path: "Tests/Fixtures/resnet18_generated_logits.safetensors"))
    let network = try CheckpointModel(
      contentsOf: root.appending(path: "Models/resnet18-imagenette.safetensors")
    ).network
    var generator = SplitMix64(seed: 18)
    let images = Tensor(
      shape: [2, 3, 64, 64],
      scalars: (0..<2 * 3 * 64 * 64).map { _ in Float(generator.next() >> 40) / 8_388_608 - 1 })
    var features = images
    for unit in network.units.dropLast(2) {
      features = network[unit](features)
      let means = try expected(unit.name == "conv1" ? "stem" : unit.name).scalars
      #expect(relativeError(features.meanPooled().scalars, means) < 1e-5, "\(unit.name)")
    }
    let logits = network.logits(images).scalars
    #expect(try relativeError(logits, expected("logits").scalars) < 1e-5)
  }
}

/// The contents of a golden JSON file that accompanies a file of tensors.
private struct Golden: Decodable {
  let files: [String]
  let top1_correct: Int
  let images: Int

  init(_ name: String) throws {
    let url = try SharedFiles.url("golden/\(name)_logits.json")
    self = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  /// Returns the logits of the listed pictures, in the order of the list.
  func rows(_ predictions: Predictions) throws -> Tensor {
    let rows = try files.map { file in
      try #require(predictions.names.firstIndex(of: file), "\(file) is not in the set")
    }
    return predictions.logits.gathering(rows: rows)
  }
}

@Suite("Parity with the golden files", .needsSharedFiles)
struct GoldenParityTests {
  private func tensors(_ name: String) throws -> (String) throws -> Tensor {
    let file = try SafetensorsFile.read(SharedFiles.url("golden/\(name)_logits.safetensors"))
    return { name in try #require(file[name]).tensor }
  }

  private func subject(_ model: String, _ data: URL) throws -> EvaluationSubject {
    let url = try SharedFiles.url("models/\(model)")
    return try EvaluationSubject(
      model: Model(contentsOf: url), url: url, data: data, flags: .init(), skipBadImages: false,
      context: Context(threads: ProcessInfo.processInfo.activeProcessorCount))
  }

  private func predictions(of subject: EvaluationSubject) throws -> Predictions {
    try subject.evaluator(subject.model.classifier).predictions
  }

  @Test("ResNet-20 on CIFAR-10: the count of correct images, and the logits of the listed ones")
  func resNet20() throws {
    let golden = try Golden("resnet20-cifar10")
    let subject = try subject("resnet20-cifar10.th", SharedFiles.url("data/cifar10/evaluation"))
    let predictions = try predictions(of: subject)
    #expect(predictions.accuracy.images == golden.images)
    #expect(abs(predictions.accuracy.correct1 - golden.top1_correct) <= 1)
    let logits = try tensors("resnet20-cifar10")("logits")
    #expect(relativeError(try golden.rows(predictions).scalars, logits.scalars) < 1e-5)
  }

  @Test("ResNet-18 on photographs: the logits of the listed ones, from the JPEG files on")
  func resNet18() throws {
    let golden = try Golden("resnet18-imagenette")
    try withTemporaryFolder { folder in
      let data = try SharedFiles.url("data/imagenette/evaluation")
      for file in golden.files {
        let copy = folder.appending(path: file)
        try FileManager.default.createDirectory(
          at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
          at: copy, withDestinationURL: data.appending(path: file).resolvingSymlinksInPath())
      }
      let predictions = try predictions(of: subject("resnet18-imagenette.pth", folder))
      let logits = try tensors("resnet18-imagenette")("logits")
      #expect(relativeError(try golden.rows(predictions).scalars, logits.scalars) < 1e-5)
    }
  }

  @Test("ResNet-18: the outputs of the first ReLU and of every block for the first two photographs")
  func resNet18Blocks() throws {
    let golden = try tensors("resnet18-imagenette")
    let network = try CheckpointModel(
      contentsOf: SharedFiles.url("models/resnet18-imagenette.pth")
    ).network
    let images = try golden("inputs_first2")
    let first = network.trace(images)[network.siteNodes[0]]
    #expect(try relativeError(first.scalars, golden("stem").scalars) < 1e-5)
    var features = network[network.units[0]](images)
    for unit in network.units.dropFirst().dropLast(2) {
      features = network[unit](features)
      #expect(
        try relativeError(features.scalars, golden(unit.name).scalars) < 1e-5, "\(unit.name)")
    }
  }
}
