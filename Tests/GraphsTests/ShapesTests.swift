import Files
import Graphs
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite("Shapes, and the sizes of layers and sites")
struct ShapesTests {
  private static let networks = [tinyResNet(seed: 1), tinyBottleneckResNet(seed: 1)]

  @Test("Shapes agree with the forward pass", arguments: [(64, 64), (37, 50)])
  func nodes(height: Int, width: Int) throws {
    for network in Self.networks {
      let trace = network.foldingBatchNorm().trace(randomTensor([1, 3, height, width], seed: 2))
      let shapes = try network.foldingBatchNorm().shapes(for: [3, height, width])
      for site in network.foldingBatchNorm().siteNodes {
        #expect(trace[site].imageShape == shapes[site])
      }
      #expect(shapes.last == [10, 1, 1])
    }
  }

  @Test("Shapes of blocks agree with the definition", arguments: BlockCase.all)
  func blocks(_ trial: BlockCase) throws {
    let input = randomTensor(BlockCase.inputShape, seed: 1)
    let expected = ReferenceGraph(trial.block, inputShape: input.shape).values(input.doubles)
    #expect(
      try trial.block.shapes(for: input.imageShape).map(\.dimensions)
        == expected.map { Array($0.shape.dimensions.dropFirst()) })
  }

  @Test("The error names the first node that does not fit its inputs")
  func misfit() {
    let block = BlockCase.all[0].block
    let channels = #expect(throws: InputError.self) { try block.shapes(for: [5, 7, 5]) }
    #expect(channels?.kind == .badData && channels?.place == "layer1.0.conv1")
    #expect(channels?.reason.contains("5×7×5") == true)
    let network = tinyBottleneckResNet(seed: 1)
    let empty = #expect(throws: InputError.self) { try network.shapes(for: [3, 0, 8]) }
    #expect(empty?.place == "conv1")
  }

  @Test("Layers have their names, roles and output shapes")
  func layerSizes() {
    for network in Self.networks {
      let sizes = network.layerSizes(inputSize: (37, 50))
      let shapes = network.shapes(inputSize: (37, 50))
      #expect(sizes.map(\.name) == network.layers.map(\.name))
      #expect(sizes.map(\.role) == network.layerRoles)
      #expect(sizes.map(\.outputShape) == network.layers.map { shapes[$0.node] })
    }
  }

  @Test("A layer's multiply-adds are its weights times its output pixels")
  func multiplyAdds() {
    let sizes = tinyResNet(seed: 1).layerSizes(inputSize: (32, 32))
    #expect(sizes[0].multiplyAdds == 8 * 3 * 9 * 1024)
    #expect(sizes[3].name == "layer2.0.conv1")
    #expect(sizes[3].multiplyAdds == 16 * 8 * 9 * 256)
    #expect(sizes[7].multiplyAdds == 320 && sizes[7].parameters == 330)
  }

  @Test("A batch normalisation has two parameters per channel, or one bias if it is folded")
  func parameters() {
    let unfolded = tinyResNet(seed: 1)
    let folded = unfolded.foldingBatchNorm()
    #expect(
      unfolded.parameterCount == folded.parameterCount
        + folded.layers.dropLast().reduce(0) {
          $0 + $1.outputChannels
        })
    #expect(
      folded.parameterCount
        == folded.layerSizes(inputSize: (32, 32)).reduce(0) { $0 + $1.parameters })
  }

  @Test("The sizes of sites agree with the forward pass", arguments: [(64, 64), (37, 50)])
  func sites(height: Int, width: Int) {
    for network in Self.networks {
      let seen = Mutex<[SiteSize]>([])
      _ = network.logits(randomTensor([2, 3, height, width], seed: 2)) { site, activations in
        seen.withLock {
          $0.append(SiteSize(site: site, elementCount: activations.scalars.count / 2))
        }
        return activations
      }
      #expect(network.siteSizes(inputSize: (height, width)) == seen.withLock { $0 })
    }
  }

  @Test("The largest features are the largest output of a unit")
  func largestFeatures() {
    #expect(tinyResNet(seed: 1).largestFeatures(inputSize: (32, 32)) == 8 * 32 * 32)
    // The block after the pooling has four times the channels of the first unit, on maps of the same size.
    #expect(tinyBottleneckResNet(seed: 1).largestFeatures(inputSize: (32, 32)) == 32 * 8 * 8)
  }
}
