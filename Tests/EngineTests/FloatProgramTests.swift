import CKernels
import Execution
import Graphs
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Engine

@Suite("Float programs", .enabled(if: ck_has_blocked_kernels() != 0, "needs AVX-512"))
struct FloatProgramTests {
  @Test("A program gives the network's logits", arguments: ProgramCase.all)
  func logits(trial: ProgramCase) throws {
    let images = trial.images(18)  // More images than pass through a program together.
    let expected = trial.network.logits(images).scalars
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    #expect(relativeError(program(images).scalars, expected) < 1e-4)
    let exact = try #require(
      FloatProgram(trial.network, inputShape: trial.inputShape, isExact: true))
    #expect(relativeError(exact(images).scalars, expected) < 1e-5)
  }

  @Test(
    "Logits depend neither on the number of threads nor on the batch", arguments: ProgramCase.all)
  func determinism(trial: ProgramCase) throws {
    // If maps are small, several images pass through a convolution together.
    let images = trial.images(17)
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    let logits = program(images, context: Context(threads: 1))
    for count in 2...5 { #expect(program(images, context: Context(threads: count)) == logits) }
    for image in [0, 5, 6, 16] {
      let alone = program(images[rows: image..<image + 1], context: Context(threads: 2))
      #expect(alone == logits[rows: image..<image + 1])
    }
  }

  @Test("Logits do not depend on the images of earlier runs", arguments: ProgramCase.all)
  func reuse(trial: ProgramCase) throws {
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    let first = program(trial.images(3))
    _ = program(randomTensor(Shape([17] + trial.inputShape.dimensions), seed: 12))
    #expect(program(trial.images(3)) == first)
  }

  @Test("Activations are rounded at their sites", arguments: ProgramCase.all)
  func roundings(trial: ProgramCase) throws {
    let (network, images) = (trial.network, trial.images(4))
    let largest = Mutex<[Site: Float]>([:])
    _ = network.logits(images) { site, activations in
      largest.withLock { $0[site] = activations.scalars.max() }
      return activations
    }
    let roundings = largest.withLock { $0 }.mapValues { limit in
      GridParameters(scale: max(limit, 1e-3) / 200, zeroPoint: 0, levels: 256)
    }
    let program = try #require(
      FloatProgram(network, inputShape: trial.inputShape, roundings: roundings))
    let rounded = network.logits(images) { site, activations in
      guard let grid = roundings[site] else { return activations }
      let codes = activations.scalars.map { ($0 / grid.scale).rounded(.toNearestOrEven) }
      return Tensor(shape: activations.shape, scalars: codes.map { min($0, 255) * grid.scale })
    }
    // A difference in the last bit may round a value between two codes to either of them.
    #expect(relativeError(program(images).scalars, rounded.scalars) < 2e-2)
    #expect(relativeError(program(images).scalars, network.logits(images).scalars) > 1e-4)
  }

  @Test("There is no program if most of the work does not fit blocks of sixteen channels")
  func unsuited() throws {
    var grouped = CheckpointSketch([1, 1, 1], isBottleneck: true)
    grouped.channels = 16
    grouped.widening = 8
    grouped.groups = 4
    for sketch in [grouped, .cifar(8, channels: 4)] {
      let network = try buildNetwork(sketch.randomStateDict(seed: 1)).network.foldingBatchNorm()
      #expect(FloatProgram(network, inputShape: [3, 32, 32]) == nil)
    }
    #expect(FloatProgram(Graph.mixed, inputShape: [5, 21, 26]) == nil, "no such images")
  }

  @Test("Layer times name every layer and its multiply-adds", arguments: ProgramCase.blocked)
  func layerTimes(trial: ProgramCase) throws {
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    let times = program.layerTimes(trial.images(2), context: .serial)
    let sizes = trial.network.layerSizes(inputSize: (trial.inputShape[1], trial.inputShape[2]))
    for size in sizes {
      let time = try #require(times.first { $0.name == size.name })
      #expect(time.multiplyAdds == size.multiplyAdds && time.seconds > 0)
    }
  }
}
