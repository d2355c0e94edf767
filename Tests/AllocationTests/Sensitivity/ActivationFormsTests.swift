import Allocation
import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("The quadratic form of activations")
struct ActivationFormsTests {
  private let images = randomTensor([24, 3, 16, 16], seed: 1)

  @Test(
    "It agrees with the KL divergence that a small change of one site causes",
    arguments: [tinyResNet(seed: 2), tinyBottleneckResNet(seed: 3)])
  func divergence(network: Graph) {
    let network = network.foldingBatchNorm()
    let reference = network.logits(images)
    let forms = network.activationForms(
      of: network.sites.map { _ in [rippled] }, images: images,
      sketch: FisherSketch(seed: 3), samples: 200, context: Context(threads: 2))
    for (site, form) in zip(network.sites, forms) {
      let logits = network.logits(images) { $0 == site ? rippled($1) : $1 }
      let divergences = Softmax.divergences(reference: reference, logits: logits)
      let mean = divergences.reduce(0, +) / Double(divergences.count)
      #expect(abs(form[0] / mean - 1) < 0.15, "\(site)")
    }
  }

  @Test("It is zero for the identity and does not depend on the number of threads")
  func identity() {
    let network = tinyBottleneckResNet(seed: 4).foldingBatchNorm()
    let results = [1, 3].map {
      network.activationForms(
        of: network.sites.map { _ in [rippled, { $0 }] }, images: images,
        sketch: FisherSketch(seed: 6), samples: 1, context: Context(threads: $0))
    }
    #expect(results[0] == results[1])
    for form in results[0] { #expect(form[0] > 0 && form[1] == 0) }
  }
}

/// Returns the activations with random changes of about one per cent, the same for every image.
@Sendable private func rippled(_ activations: Tensor) -> Tensor {
  let size = activations.scalars.count / activations.rowCount
  let factors = randomTensor([1, size], seed: 7).scalars.map { 1 + 0.01 * $0 }
  return Tensor(
    shape: activations.shape,
    scalars: activations.scalars.enumerated().map { $1 * factors[$0 % size] })
}
