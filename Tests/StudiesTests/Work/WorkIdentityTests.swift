import MixQuantKit
import KitSupport
import Foundation
import Graphs
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

@testable import Studies

@Suite("Identity of work")
struct WorkIdentityTests {
  private typealias Change<Value> = (inout Value) -> Void

  /// The identity, and what a score and a plan are keyed by, of a small experiment.
  private func withWork(
    _ body: (WorkIdentity, Experiment, BitPlan) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let experiment = try experiment(in: folder)
      let identity = WorkIdentity(
        network: experiment.model.network, evaluator: experiment.evaluator)
      try body(identity, experiment, .uniform(3, network: experiment.model.network))
    }
  }

  @Test("Whatever changes a score changes its key")
  func scores() throws {
    try withWork { identity, experiment, plan in
      let images = experiment.calibration
      let recipes: [Change<QuantizationRecipe>] = [
        { _ in }, { $0.method = .nearest }, { $0.method = .gptq }, { $0.seed = 9 },
        { $0.weights.range = .minMax }, { $0.weights.granularity = .perTensor },
        { $0.activationBits = 4 }, { $0.rangeImages = 7 },
        { $0.reconstruction.weightSteps = 3 }, { $0.reconstruction.batch = 5 },
        { $0.reconstruction.start = .nearest }, { $0.reconstruction.loss = .fisher },
        {
          $0.activationBits = 4
          $0.reconstruction.activationSteps = 1
        },
      ]
      var keys = recipes.map { change in
        var recipe = experiment.design.recipe
        change(&recipe)
        return identity.scoreKey(plan, recipe: recipe, images: images[0])
      }
      var wider = plan
      wider.bitWidths[3] = 4
      var activations = plan
      activations.activations = [
        PlannedActivations(site: "conv1", elementCount: 1, bitWidth: 4)
      ]
      for changed in [wider, activations] {
        keys.append(
          identity.scoreKey(changed, recipe: experiment.design.recipe, images: images[0]))
      }
      keys.append(identity.scoreKey(plan, recipe: experiment.design.recipe, images: images[1]))

      let network = experiment.model.network.changingLastLayer { $0.bias?[0] += 1 }
      let other = WorkIdentity(network: network, evaluator: experiment.evaluator)
      keys.append(other.scoreKey(plan, recipe: experiment.design.recipe, images: images[0]))
      #expect(Set(keys).count == keys.count)

      // A plan has all widths, and nothing learns ranges of activations that are not quantized.
      let idle: [Change<QuantizationRecipe>] = [
        { $0.rules.firstBits = 6 }, { $0.reconstruction.activationSteps = 1 },
      ]
      for change in idle {
        var recipe = experiment.design.recipe
        change(&recipe)
        #expect(identity.scoreKey(plan, recipe: recipe, images: images[0]) == keys[0])
      }
    }
  }

  @Test("A network is known by all of its numbers, batch normalisation that stays included")
  func networks() throws {
    try withWork { _, experiment, _ in
      func network(_ scale: Float, _ mean: Float, bias: Float) -> Graph {
        var graph = GraphBuilder()
        let normalization = BatchNorm(scale: [scale], shift: [0], mean: [mean], variance: [1])
        let node = graph.append("norm", .batchNorm(normalization), 0)
        let weight = Tensor(shape: [1, 1, 1, 1], scalars: [1])
        graph.append("fc", .convolution(Convolution(weight: weight, bias: [bias])), node)
        graph.endUnit("fc")
        return graph.graph(named: "tiny")
      }
      let networks = [
        network(1, 0, bias: 0), network(2, 0, bias: 0), network(1, 2, bias: 0),
        network(1, 0, bias: 2),
      ]
      let hashes = networks.map {
        WorkIdentity(network: $0, evaluator: experiment.evaluator).network
      }
      #expect(Set(hashes).count == hashes.count)
    }
  }

  @Test("What changes no score changes no key")
  func equalScores() throws {
    try withWork { identity, experiment, plan in
      let images = experiment.calibration
      func key(
        _ method: RoundingMethod, images set: Int = 0,
        _ change: Change<QuantizationRecipe> = { _ in }
      ) -> String {
        var recipe = experiment.design.recipe
        recipe.method = method
        change(&recipe)
        return identity.scoreKey(plan, recipe: recipe, images: images[set])
      }
      // Rounding to nearest looks at no image, GPTQ makes no steps.
      #expect(key(.nearest) == key(.nearest, images: 1) { $0.seed = 9 })
      #expect(key(.nearest) == key(.nearest) { $0.reconstruction = .quick })
      #expect(key(.gptq) == key(.gptq) { $0.reconstruction.weightSteps = 77 })
      // Ranges of activations look at images.
      #expect(
        key(.nearest) { $0.activationBits = 4 }
          != key(.nearest, images: 1) { $0.activationBits = 4 })
      var renamed = plan
      renamed.rule = "by hand"
      #expect(
        identity.scoreKey(renamed, recipe: experiment.design.recipe, images: images[0])
          == identity.scoreKey(plan, recipe: experiment.design.recipe, images: images[0]))
    }
  }

  @Test("A plan's key hangs on what its contestant may use, not on how weights are learned")
  func plans() throws {
    try withWork { identity, experiment, _ in
      let images = experiment.calibration
      func key(
        _ contestant: String = "mixquant-weighted", method: RoundingMethod = .brecq,
        bytes: Int = 1000, seed: UInt64 = 4, images set: Int = 0,
        _ change: Change<ExperimentDesign> = { _ in }
      ) -> String {
        var design = experiment.design
        change(&design)
        let cell = ExperimentCell(
          contestant: contestant, method: method, targetBits: 2.5, seed: seed)
        return identity.planKey(cell, bytes: bytes, images: images[set], design: design)
      }
      let keys = [
        key(), key("greedy"), key(method: .nearest), key(bytes: 1001), key(seed: 5),
        key(images: 1), key { $0.recipe.rules.lastBits = 6 },
        key { $0.recipe.weights.range = .minMax },
        key { $0.measure = ErrorMeasure(weights: .folded, rounding: .same) },
        key { $0.activations = ActivationDesign(averageBits: 5, candidates: [4, 6], pins: []) },
      ]
      #expect(Set(keys).count == keys.count)
      #expect(key() == key(method: .gptq) { $0.recipe.reconstruction = .quick })
    }
  }
}
