import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// A network to plan, and images whose sides are no multiples of anything.
private struct PlanCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let sketch: CheckpointSketch
  let inputShape: Shape

  static let all: [PlanCase] = {
    var bottleneck = CheckpointSketch([1, 2, 1], isBottleneck: true)
    bottleneck.channels = 16
    bottleneck.classCount = 7
    var basic = CheckpointSketch([1, 1, 1, 1])
    basic.channels = 16
    basic.classCount = 5
    return [
      PlanCase(
        testDescription: "CIFAR, shortcuts without weights", sketch: .cifar(14),
        inputShape: [3, 19, 23]),
      PlanCase(
        testDescription: "basic blocks, max pooling", sketch: basic, inputShape: [3, 61, 47]),
      PlanCase(
        testDescription: "bottlenecks, max pooling", sketch: bottleneck, inputShape: [3, 33, 58]),
    ]
  }()

  func network() throws -> ResNet {
    try ResNet.build(sketch.randomStateDict(seed: 3)).network.foldingBatchNorm()
  }

  func images(_ count: Int) -> Tensor {
    randomTensor(Shape([count] + inputShape.dimensions), seed: 11)
  }
}

@Suite("Inference plans", .enabled(if: ck_has_blocked_kernels() != 0, "needs AVX-512"))
struct InferencePlanTests {
  @Test("A plan gives the network's logits", arguments: PlanCase.all)
  private func logits(planCase: PlanCase) throws {
    let network = try planCase.network()
    let images = planCase.images(18)  // more than go through a plan at once
    let expected = network(images).scalars
    let plan = try #require(InferencePlan(network, inputShape: planCase.inputShape))
    #expect(relativeError(plan(images).scalars, expected) < 1e-4)
    let exact = try #require(
      InferencePlan(network, inputShape: planCase.inputShape, isExact: true))
    #expect(relativeError(exact(images).scalars, expected) < 1e-5)
  }

  @Test("Logits depend neither on the workers nor on the batch", arguments: PlanCase.all)
  private func determinism(planCase: PlanCase) throws {
    let network = try planCase.network()
    let images = planCase.images(17)  // of small maps, several go through a convolution at once
    let plan = try #require(InferencePlan(network, inputShape: planCase.inputShape))
    let logits = plan(images, workers: Workers(1))
    for count in 2...5 { #expect(plan(images, workers: Workers(count)) == logits) }
    for image in [0, 5, 6, 16] {
      let alone = plan(images[rows: image..<image + 1], workers: Workers(2))
      #expect(alone == logits[rows: image..<image + 1])
    }
  }

  @Test("A plan forgets the images it saw before", arguments: PlanCase.all)
  private func reuse(planCase: PlanCase) throws {
    let network = try planCase.network()
    let plan = try #require(InferencePlan(network, inputShape: planCase.inputShape))
    let first = plan(planCase.images(3))
    _ = plan(randomTensor(Shape([17] + planCase.inputShape.dimensions), seed: 12))
    #expect(plan(planCase.images(3)) == first)
  }

  @Test("Activations are rounded at their sites", arguments: PlanCase.all)
  private func roundings(planCase: PlanCase) throws {
    let network = try planCase.network()
    let images = planCase.images(4)
    var largest: [ActivationSite: Float] = [:]
    _ = observed(network, images) { site, activations in
      largest[site] = max(largest[site] ?? 0, activations.scalars.max() ?? 0)
    }
    let roundings = largest.mapValues { limit in
      GridParameters(scale: max(limit, 1e-3) / 200, zeroPoint: 0, levels: 256)
    }
    let plan = try #require(
      InferencePlan(network, inputShape: planCase.inputShape, roundings: roundings))
    let rounded = network(
      images,
      activations: { site, activations in
        guard let grid = roundings[site] else { return activations }
        let codes = activations.scalars.map { ($0 / grid.scale).rounded(.toNearestOrEven) }
        return Tensor(shape: activations.shape, scalars: codes.map { min($0, 255) * grid.scale })
      })
    // A value between two steps may fall to either side for a difference in the last bit.
    #expect(relativeError(plan(images).scalars, rounded.scalars) < 2e-2)
    #expect(relativeError(plan(images).scalars, network(images).scalars) > 1e-4)
  }

  @Test("Grouped convolutions and odd numbers of channels have no plan")
  func unsuited() throws {
    var grouped = CheckpointSketch([1, 1, 1], isBottleneck: true)
    grouped.channels = 16
    grouped.widening = 2
    grouped.groups = 4
    for sketch in [grouped, .cifar(8, channels: 8)] {
      let network = try ResNet.build(sketch.randomStateDict(seed: 1)).network.foldingBatchNorm()
      #expect(InferencePlan(network, inputShape: [3, 32, 32]) == nil)
    }
    let unfolded = try ResNet.build(CheckpointSketch.cifar(8).randomStateDict(seed: 1)).network
    #expect(InferencePlan(unfolded, inputShape: [3, 32, 32]) == nil)
  }

  @Test("Layer times name every layer and its multiply-adds")
  func layerTimes() throws {
    let planCase = PlanCase.all[0]
    let network = try planCase.network()
    let plan = try #require(InferencePlan(network, inputShape: planCase.inputShape))
    let times = plan.layerTimes(planCase.images(2), workers: .one)
    let sizes = network.layerSizes(inputSize: (19, 23))
    for size in sizes {
      let time = try #require(times.first { $0.name == size.name })
      #expect(time.multiplyAdds == size.multiplyAdds && time.seconds > 0)
    }
  }

  /// The logits, showing `body` the activations at every site on the way.
  private func observed(
    _ network: ResNet, _ images: Tensor, body: (ActivationSite, Tensor) -> Void
  ) -> Tensor {
    let sites = network.activationSites
    var features = network.stem.convolution(images, relu: true)
    body(sites[0], features)
    if network.stem.hasMaxPool { features = features.maxPooled(kernel: 3, stride: 2, padding: 1) }
    for block in network.blocks {
      let trace = block.trace(features)
      for (site, activations) in zip(block.activationSites, trace.rectified + [trace.sum]) {
        body(site, activations)
      }
      features = trace.output
    }
    return network.logits(features: features)
  }
}
