import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import Graphs
import KitSupport
import MixQuantKit
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

/// Networks with random kernels, widths, groups, classes and image sizes, drawn from a seed.
@Suite("Random networks")
struct RandomNetworkTests {
  /// A drawn network and the sizes of its images.
  private struct Draw {
    var generator: SplitMix64

    mutating func pick<T>(_ values: [T]) -> T {
      values[Int(generator.next() % UInt64(values.count))]
    }

    mutating func sketch() -> CheckpointSketch {
      let isSmall = pick([true, false])
      var sketch = CheckpointSketch(
        (0..<(isSmall ? 3 : 4)).map { _ in pick([1, 1, 2]) }, isBottleneck: pick([false, true]))
      sketch.stemKernel = isSmall ? 3 : 7
      sketch.channels = pick([1, 2, 3, 4, 7, 8, 12, 16, 17])
      if sketch.isBottleneck, sketch.channels % 4 == 0 { sketch.groups = pick([1, 2]) }
      sketch.classCount = pick([2, 3, 10, 100])
      sketch.head = isSmall ? "linear" : "fc"
      if isSmall, !sketch.isBottleneck {
        // Padding needs an even number of new channels.
        sketch.projection = pick(sketch.channels % 2 == 0 ? ["shortcut", nil] : ["shortcut"])
      }
      return sketch
    }
  }

  private func error(_ graph: Graph, _ images: Tensor) -> Double {
    let reference = ReferenceGraph(graph, inputShape: images.shape)
      .output(images.scalars.map(Double.init))
    return relativeError(graph.logits(images).scalars, reference)
  }

  @Test("Logits agree with a plain evaluation in Double", arguments: 0..<12)
  func logits(seed: UInt64) throws {
    var draw = Draw(generator: SplitMix64(seed: seed))
    let sketch = draw.sketch()
    let size = (draw.pick([1, 2, 5, 8, 9, 16, 17]), draw.pick([1, 3, 8, 13]))
    try withTemporaryFolder { folder in
      let network = try sketch.model(in: folder, seed: seed).network
      let images = randomTensor([2, 3, size.0, size.1], seed: seed)
      guard (try? network.shapes(for: [3, size.0, size.1])) != nil else { return }
      #expect(error(network, images) < 1e-4, "\(sketch) \(size)")
    }
  }

  @Test(
    "Every method quantizes the network, and the file gives the same logits to the bit",
    arguments: 0..<8)
  func methods(seed: UInt64) throws {
    var draw = Draw(generator: SplitMix64(seed: 100 + seed))
    let sketch = draw.sketch()
    let side = draw.pick([1, 5, 8, 9])
    let transform = Transform(resize: nil, crop: side)
    try withTemporaryFolder { folder in
      let model = try sketch.model(in: folder, seed: seed)
      let pool = try shapes(10, seed: seed, in: folder)
      for method in RoundingMethod.allCases {
        var reconstruction = ReconstructionRecipe.quick
        (reconstruction.weightSteps, reconstruction.activationSteps) = (2, 2)
        reconstruction.batch = draw.pick([1, 4])
        let recipe = QuantizationRecipe(
          method: method, activationBits: draw.pick([nil, 4]), calibrationImages: 5, rangeImages: 5,
          reconstruction: reconstruction)
        let run = QuantizationRun(
          model: model, recipe: recipe,
          plan: .uniform(draw.pick([2, 3, 8]), network: model.network),
          images: try CalibrationSet(drawing: 5, from: pool, seed: seed, transform: transform),
          transform: TransformChoice(transform: transform, reason: "test"),
          context: Context(threads: draw.pick([1, 2])))
        let packed = try run(state: nil).packed
        let read = try packed.readBack(at: "random")
        let images = randomTensor([2, 3, side, side], seed: seed)
        let (before, after) = (packed.network, read.network)
        #expect(
          before.network.logits(images, activations: before.activationMap())
            == after.network.logits(images, activations: after.activationMap()))
      }
    }
  }

  @Test(
    "A network may have more classes than its largest activation has floats",
    arguments: RoundingMethod.allCases)
  func manyClasses(method: RoundingMethod) throws {
    try withTemporaryFolder { folder in
      var sketch = CheckpointSketch.tinyWithSubsampling
      sketch.classCount = 4 * 32 * 32 + 1
      let model = try sketch.model(in: folder)
      var reconstruction = ReconstructionRecipe.quick
      reconstruction.weightSteps = 2
      let recipe = QuantizationRecipe(
        method: method, calibrationImages: 4, reconstruction: reconstruction)
      let run = QuantizationRun(
        model: model, recipe: recipe, plan: .uniform(4, network: model.network),
        images: try CalibrationSet(
          drawing: 4, from: shapes(10, seed: 1, in: folder), seed: 0, transform: .cifar),
        transform: TransformChoice(transform: .cifar, reason: "test"), context: .serial)
      #expect(try run(state: nil).packed.network.network.classCount == sketch.classCount)
    }
  }
}
