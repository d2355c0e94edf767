import Allocation
import Checkpoints
import Execution
import Foundation
import Graphs
import MixQuant
import Networks
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("The error tables of activations")
struct ActivationErrorsTests {
  @Test("Divergences predict the cost of rounding one site of the embedded network")
  func prediction() throws {
    let url = SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors")
    let network = try buildNetwork(Checkpoint.read(url).stateDict).network.foldingBatchNorm()
    let images = shapes(160)
    let reference = network.logits(images, context: Context(threads: 2))
    let choices = ActivationChoices(
      sites: network.siteSizes(inputSize: (32, 32)), candidates: [4, 6])
    let errors = ErrorTable.activationDivergence(
      of: network, choices: choices, images: images, context: Context(threads: 2))
    let grids = network.activationGrids(choices, images: images, context: Context(threads: 2))
    #expect(errors.sites.count == 19 && errors.layers.isEmpty)
    for (index, size) in choices.sites.enumerated() where index % 3 == 0 {
      for grid in grids[index] {
        let logits = network.logits(
          images, activations: { $0 == size.site ? grid.fakeQuantized($1) : $1 },
          context: Context(threads: 2))
        let divergences = Softmax.divergences(reference: reference, logits: logits)
        let mean = divergences.reduce(0, +) / Double(divergences.count)
        let ratio = errors[index, grid.bitWidth] / mean
        #expect(ratio < 2 && ratio > 0.5, "\(size.site) at \(grid.bitWidth) bits: \(ratio)")
      }
    }
  }

  @Test("The noise agrees with that of the whole network with one site rounded")
  func noise() {
    let network = tinyBottleneckResNet(seed: 4).foldingBatchNorm()
    let images = randomTensor([11, 3, 32, 32], seed: 5)
    let choices = ActivationChoices(
      sites: network.siteSizes(inputSize: (32, 32)), candidates: [3, 5])
    let errors = ErrorTable.activationNoise(of: network, choices: choices, images: images)
    #expect(
      errors
        == .activationNoise(
          of: network, choices: choices, images: images, context: Context(threads: 3)))
    let grids = network.activationGrids(choices, images: images)
    for index in [0, 2, choices.sites.count - 1] {
      let site = choices.sites[index].site
      let logits = network.logits(images)
      let noisy = network.logits(images) { $0 == site ? grids[index][0].fakeQuantized($1) : $1 }
      let expected = noiseToSignal(logits, noisy)
      #expect(abs(errors[index, 3] / expected - 1) < 1e-3, "\(site)")
      #expect(errors[index, 5] < errors[index, 3])
    }
  }

  @Test("Errors fall with the bits, do not depend on threads, and pinned sites have one width")
  func falling() {
    let network = tinyResNet(seed: 6).foldingBatchNorm()
    let images = randomTensor([12, 3, 32, 32], seed: 1)
    let choices = ActivationChoices(
      sites: network.siteSizes(inputSize: (32, 32)), pinned: ["conv1": 8], candidates: [2, 4, 8])
    let tables = [1, 3].map {
      ErrorTable.activationDivergence(
        of: network, choices: choices, images: images, context: Context(threads: $0))
    }
    #expect(tables[0] == tables[1])
    for (index, size) in choices.sites.enumerated() {
      let isPinned = size.site == "conv1"
      #expect(tables[0][index, 2].isFinite == !isPinned && tables[0][index, 3] == .infinity)
      #expect(isPinned || tables[0][index, 8] < 0.1 * tables[0][index, 2])
    }
  }
}
