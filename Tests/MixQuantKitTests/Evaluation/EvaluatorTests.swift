import KitSupport
import Datasets
import Execution
import Files
import Graphs
import Networks
import MixQuantKit
import Tensors
import TestSupport
import Testing

@Suite("Evaluator")
struct EvaluatorTests {
  @Test("Answers come in the order of the images, whatever the number of threads")
  func order() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointModel.shapes()
      let images = try shapes(70, seed: 5, in: folder)
      let runs = try [1, 3].map { count in
        try Evaluator(
          images: images, transform: .cifar, classes: Array(0..<10),
          context: Context(threads: count))(
            Classifier(model.network)
          ).predictions
      }
      #expect(runs[0].names == images.items.map(\.name))
      #expect(runs[0].logits == runs[1].logits)
    }
  }

  @Test("Labels are the network's classes, by the mapping")
  func mapping() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointModel.shapes()
      let images = try shapes(20, seed: 5, in: folder)
      let evaluator = Evaluator(
        images: images, transform: .cifar, classes: (0..<10).reversed(), context: .serial)
      let labels = try evaluator(Classifier(model.network)).predictions.labels
      #expect(labels == images.items.map { 9 - ($0.label ?? -1) })
    }
  }

  @Test("Logits that are not finite are an error that names the image, not an answer")
  func notFinite() throws {
    try withTemporaryFolder { folder in
      let network = tinyResNet(seed: 1).foldingBatchNorm().changingLastLayer { layer in
        layer.weight.scalars[0] = .greatestFiniteMagnitude
        layer.weight.scalars[1] = .greatestFiniteMagnitude
        layer.bias?[0] = .greatestFiniteMagnitude
      }
      let images = try shapes(10, seed: 5, in: folder)
      let evaluator = Evaluator(
        images: images, transform: .cifar, classes: Array(0..<10), context: .serial)
      let error = try #require(inputError { _ = try evaluator(Classifier(network)) })
      #expect(error.kind == .badData && images.items.map(\.name).contains(error.place))
    }
  }
}
