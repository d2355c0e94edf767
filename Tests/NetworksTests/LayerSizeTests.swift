import Networks
import Tensors
import TestSupport
import Testing

@Suite("What layers cost")
struct LayerSizeTests {
  /// Parameters and 10⁹ multiply–adds at 224×224 as torchvision's model table gives them.
  static let table: [(KnownNetwork, parameters: Int, billions: Double)] = {
    let published = [
      (11_689_512, 1.814), (21_797_672, 3.664), (25_557_032, 4.089), (44_549_160, 7.801),
      (60_192_808, 11.514), (25_028_904, 4.23), (68_883_240, 11.398),
    ]
    let names = [
      "ResNet-18", "ResNet-34", "ResNet-50", "ResNet-101", "ResNet-152", "ResNeXt-50 32×4d",
      "Wide ResNet-50-2",
    ]
    return zip(names, published).compactMap { name, figures in
      KnownNetwork.imageNet.first { $0.name == name }.map { ($0, figures.0, figures.1) }
    }
  }()

  @Test("Parameters and multiply–adds are torchvision's", arguments: table)
  func published(_ known: KnownNetwork, parameters: Int, billions: Double) throws {
    let network = try ResNet.build(known.sketch.zeroStateDict()).network
    let sizes = network.layerSizes(inputSize: (224, 224))
    #expect(sizes.reduce(0) { $0 + $1.parameters } == parameters)
    let multiplyAdds = Double(sizes.reduce(0) { $0 + $1.multiplyAdds })
    #expect(abs(multiplyAdds / 1e9 - billions) < 0.002)
  }

  @Test("CIFAR's ResNet-20 has 269,722 parameters, batch normalisation included")
  func cifar() throws {
    let network = try ResNet.build(CheckpointSketch.cifar(20).zeroStateDict()).network
    let sizes = network.layerSizes(inputSize: (32, 32))
    #expect(sizes.reduce(0) { $0 + $1.parameters } == 269_722)
  }

  @Test("Output shapes are those of the forward pass", arguments: [(64, 64), (37, 50)])
  func outputShapes(height: Int, width: Int) {
    let network = tinyBottleneckResNet(seed: 1)
    let sizes = network.layerSizes(inputSize: (height, width))
    #expect(sizes.map(\.name) == network.layers.map(\.name))
    #expect(sizes.map(\.role) == network.layerRoles)

    var features = network.stem(randomTensor([1, 3, height, width], seed: 2))
    for block in network.blocks {
      features = block(features)
      let last = block.branch[block.branch.count - 1].name
      let size = sizes.first { $0.name == last }
      #expect(size?.outputShape.dimensions == Array(features.shape.dimensions.dropFirst()))
    }
    #expect(sizes.last?.outputShape == [10, 1, 1])
  }

  @Test("A layer's multiply–adds are its weights times its output pixels")
  func multiplyAdds() {
    let sizes = tinyResNet(seed: 1).layerSizes(inputSize: (32, 32))
    #expect(sizes[0].multiplyAdds == 8 * 3 * 9 * 1024)
    #expect(sizes[3].name == "layer2.0.conv1")
    #expect(sizes[3].multiplyAdds == 16 * 8 * 9 * 256)
    #expect(sizes[3].parameters == 16 * 8 * 9 + 32)
  }
}
