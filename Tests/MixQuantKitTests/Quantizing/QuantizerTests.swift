import KitSupport
import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Quantizer")
struct QuantizerTests {
  private func recipe(
    _ loss: ReconstructionLossKind = .mse, activationBits: BitWidth? = nil
  ) -> QuantizationRecipe {
    var reconstruction = ReconstructionRecipe.standard
    reconstruction.weightSteps = 4
    reconstruction.activationSteps = 3
    reconstruction.batch = 20
    reconstruction.loss = loss
    return QuantizationRecipe(
      activationBits: activationBits, calibrationImages: 30, reconstruction: reconstruction)
  }

  private func packed(
    _ model: CheckpointModel, pool: ImageSet, recipe: QuantizationRecipe, threads: Int = 2,
    storage: CacheStorage = .memory
  ) throws -> Data {
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages, from: pool, seed: recipe.seed, transform: .cifar)
    let run = QuantizationRun(
      model: model, recipe: recipe, plan: .uniform(3, network: model.network), images: images,
      transform: TransformChoice(transform: .cifar, reason: "test"),
      context: Context(threads: threads))
    return try run(state: nil, caches: storage).packed.encoded.encoded
  }

  @Test(
    "The packed file is the same to the bit for any number of threads",
    arguments: ReconstructionLossKind.allCases)
  func determinism(loss: ReconstructionLossKind) throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let recipe = recipe(loss, activationBits: 4)
      let files = try [1, 2, 3].map {
        try packed(model, pool: pool, recipe: recipe, threads: $0)
      }
      #expect(files[0] == files[1] && files[0] == files[2])
    }
  }

  @Test(
    "The packed file is the same to the bit if caches lie in files",
    arguments: ReconstructionLossKind.allCases,
    [CheckpointSketch.tinyWithProjections, .tinyBottlenecks])
  func storage(loss: ReconstructionLossKind, sketch: CheckpointSketch) throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try sketch.model(in: folder)
      let recipe = recipe(loss, activationBits: 4)
      let files = try [CacheStorage.memory, .file(in: folder)].map {
        try packed(model, pool: pool, recipe: recipe, storage: $0)
      }
      #expect(files[0] == files[1])
    }
  }

  @Test("The embedded model's packed file is the same with caches in files")
  func embeddedModel() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try CheckpointModel(
        contentsOf: SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors"))
      let files = try [CacheStorage.memory, .file(in: folder)].map {
        try packed(model, pool: pool, recipe: recipe(), storage: $0)
      }
      #expect(files[0] == files[1])
    }
  }

  @Test("Another seed draws other images and batches, and gives another file")
  func seeds() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try CheckpointSketch.tinyWithProjections.model(in: folder)
      var other = recipe()
      other.seed = 1
      let files = try [recipe(), other].map {
        try packed(model, pool: pool, recipe: $0, threads: 2)
      }
      #expect(files[0] != files[1])
    }
  }

  @Test("Rounding to nearest without activations reads no image")
  func nearest() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let plan = BitPlan.uniform(4, network: model.network)
      let quantizer = Quantizer(
        model.network, recipe: QuantizationRecipe(method: .nearest), images: nil, context: .serial)
      let (network, reports) = try quantizer(plan: plan)
      let expected = QuantizedNetwork.quantizing(model.network, plan: plan, quantizer: .brecq)
      #expect(network.weights == expected.weights && reports.isEmpty)
    }
  }

  @Test("GPTQ alone runs no step of learning, whatever the recipe says")
  func gptq() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try CheckpointSketch.tinyWithProjections.model(in: folder)
      var (closedForm, learning) = (recipe(activationBits: 4), recipe(activationBits: 4))
      closedForm.method = .gptq
      learning.reconstruction = .gptq
      let images = try CalibrationSet(drawing: 30, from: pool, seed: 0, transform: .cifar)
      let plan = BitPlan.uniform(3, network: model.network)
      let results = try [closedForm, learning].map {
        try Quantizer(model.network, recipe: $0, images: images, context: .serial)(plan: plan)
      }
      #expect(results[0].network.weights == results[1].network.weights)
      #expect(results[0].reports.allSatisfy { $0.errorAfter <= $0.errorBefore })
      #expect(results[0].reports.contains { $0.isImproved })
      #expect(!results[0].network.activationGrids.isEmpty)
    }
  }

  @Test("Every unit is reported, and none ends worse than it began")
  func reports() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let images = try CalibrationSet(drawing: 30, from: pool, seed: 0, transform: .cifar)
      let quantizer = Quantizer(
        model.network, recipe: recipe(activationBits: 4), images: images,
        context: Context(threads: 2))
      let (network, reports) = try quantizer(plan: .uniform(3, network: model.network))
      let blocks = ["layer1.0", "layer2.0", "layer3.0"]
      #expect(reports.map(\.unit) == blocks + ["linear"] + blocks)
      #expect(reports.allSatisfy { $0.errorAfter <= $0.errorBefore })
      #expect(Set(network.activationGrids.keys) == Set(model.network.sites))
    }
  }

  @Test(
    "The packed file has the plan's activation widths and computes the same logits",
    arguments: RoundingMethod.allCases)
  func plannedActivations(method: RoundingMethod) throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      var plan = BitPlan.uniform(3, network: model.network)
      plan.activations = model.network.siteSizes(inputSize: (32, 32)).enumerated().map {
        PlannedActivations(
          site: $1.site, elementCount: $1.elementCount, bitWidth: BitWidth.all[($0 + 2) % 7])
      }
      var recipe = recipe()
      recipe.method = method
      let images = try CalibrationSet(drawing: 30, from: pool, seed: 0, transform: .cifar)
      let run = QuantizationRun(
        model: model, recipe: recipe, plan: plan, images: images,
        transform: TransformChoice(transform: .cifar, reason: "test"), context: Context(threads: 2))
      #expect(run.introduction.contains { $0.contains("after every ReLU as planned") })
      let packed = try run(state: nil).packed
      #expect(packed.network.activationGrids.mapValues(\.bitWidth) == plan.activationBitWidths)
      #expect(packed.provenance.calibrationDigest != nil)

      let read = try PackedModel(
        SafetensorsFile(packed.encoded.encoded, place: "tiny"), at: "tiny")
      #expect(read.plan == plan)
      let inputs = randomTensor([3, 3, 32, 32], seed: 9)
      let logits = Classifier(read.network).inference(inputShape: [3, 32, 32])
        .logits(of: .floats(inputs), context: Context(threads: 2))
      #expect(read.network(inputs) == packed.network(inputs))
      #expect(relativeError(logits.scalars, packed.network(inputs).scalars) < 0.1)
    }
  }

  @Test("Images that cannot be read stop the work, or are left out and reported")
  func badImages() throws {
    try withTemporaryFolder { folder in
      _ = try shapes(40, seed: 1, in: folder)
      let bad = folder.appending(path: "shapes-1/circle/00000.png")
      try Data("no picture".utf8).write(to: bad)
      let pool = try ImageSet.open(folder.appending(path: "shapes-1"))
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      func skipped(skipBadImages: Bool) throws -> [String] {
        let images = try CalibrationSet(
          drawing: 40, from: pool, seed: 0, transform: .cifar, skipBadImages: skipBadImages)
        let quantizer = Quantizer(
          model.network, recipe: recipe(), images: images, context: .serial)
        var names: [String] = []
        _ = try quantizer(
          plan: .uniform(3, network: model.network),
          progress: { event in
            if case .skipped(let images) = event { names += images.map(\.name) }
          })
        return names
      }
      #expect(inputError { _ = try skipped(skipBadImages: false) }?.kind == .badData)
      #expect(try skipped(skipBadImages: true) == ["circle/00000.png"])
    }
  }
}
