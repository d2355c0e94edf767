import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Folding of batch normalisation")
struct FoldBatchNormTests {
  @Test("A convolution with a folded normalisation gives the same maps", arguments: [false, true])
  func folding(hasBias: Bool) {
    var convolution = randomConvolution([3, 2, 3, 3], stride: 2, seed: 1)
    if !hasBias { convolution.bias = nil }
    let graph = Graph.unit("unit") {
      let node = $0.append("conv1", .convolution(convolution), 0)
      $0.append("bn1", .batchNorm(randomBatchNorm(3, seed: 3)), node)
    }
    let folded = graph.foldingBatchNorm()
    #expect(folded.nodes.map(\.name) == ["input", "conv1"])
    #expect(folded.units == [Unit(name: "unit", nodes: 1..<2)])
    #expect(folded.foldingBatchNorm() == folded)
    let images = randomTensor([2, 2, 9, 8], seed: 2)
    #expect(relativeError(folded(images).scalars, graph(images).scalars) < 1e-6)
  }

  @Test("A folded network gives the unfolded network's logits", arguments: [1, 2, 3])
  func network(seed: UInt64) {
    for network in [tinyResNet(seed: seed), tinyBottleneckResNet(seed: seed)] {
      let images = randomTensor([2, 3, 32, 32], seed: seed)
      let folded = network.foldingBatchNorm()
      #expect(folded.normalizations.allSatisfy { $0 == nil })
      #expect(folded.layers.allSatisfy { $0.bias != nil })
      #expect(folded.units.map(\.name) == network.units.map(\.name))
      #expect(folded.sites == network.sites && folded.layerInputs == network.layerInputs)
      #expect(relativeError(folded.logits(images).scalars, network.logits(images).scalars) < 1e-5)
    }
  }

  @Test("A normalisation after a sum, or after a convolution with other readers, is not folded")
  func remaining() {
    let convolution = randomConvolution([4, 4, 3, 3], seed: 1)
    let graph = Graph.unit("unit") {
      let first = $0.append("conv1", .convolution(convolution), 0)
      let normalized = $0.append("bn1", .batchNorm(randomBatchNorm(4, seed: 2)), first)
      let sum = $0.append("sum", .add, normalized, first)
      $0.append("bn2", .batchNorm(randomBatchNorm(4, seed: 6)), sum)
    }
    #expect(graph.foldingBatchNorm() == graph)
    #expect(graph.normalizations == [nil])
  }

  @Test("A layer's normalisation is the only reader of the layer")
  func normalizations() {
    let network = tinyResNet(seed: 4)
    let normalizations = network.normalizations
    #expect(normalizations.count == network.layers.count)
    #expect(normalizations.dropLast().allSatisfy { $0 != nil } && normalizations.last == .some(nil))
    #expect(
      normalizations.dropLast().map { $0?.channels }
        == network.layers.dropLast().map(\.outputChannels))
  }
}
